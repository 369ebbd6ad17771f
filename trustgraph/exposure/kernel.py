"""The kernel: strongest chains from one source after another.

A *state* is (entity, channel). From a source the kernel goes layer by layer (layer = number of
steps) and keeps for every state of a layer the largest product of step strengths that reaches it.
Three facts make this exact, in float64 and not only in theory:

- rounding is monotone, so the largest product of a walk's prefix gives the largest product of the
  walk: fl(a * s) >= fl(b * s) whenever a >= b;
- a state reached earlier (in fewer steps) with at least the strength can never lose to the later
  one, neither in strength nor, at equal strength, in the shorter chain: the later one is dropped;
- factors never exceed 1, so a walk whose line is already below the pack's smallest line is dropped.

The chain that is shown is the first in the order (strength, fewer steps, entity ids). Rounding can
make a slightly weaker prefix end in the very same product, so predecessors within a hair of the
best are remembered, and the chain is found exactly among them (``_chain``).

Everything here works on plain arrays: each thread has its own scratch, grown as needed, and no
state is shared. numba leaves IEEE arithmetic alone (no fastmath), so every machine gives the same
integers.
"""

# The functions below are compiled; their arguments are arrays and numbers, and splitting them
# further would only move the same arrays through more signatures.
# ruff: noqa: PLR0913, PLR0915, PLR0917, C901, PLR0912, ANN001, ANN201, ANN202

from __future__ import annotations

import numpy as np

from trustgraph.compiled import helper, kernel

__all__ = ["reach_lines"]

SLACK = 1e-12
"""Relative distance within which a weaker predecessor is remembered; rounding costs < 1e-14."""

_HASH = 0x2545F491  # any odd number of 30 bits: no key of an entity and a channel overflows


@helper
def _find(keys, stamps, stamp, mask, key):
    """Slot that holds a key, or the empty slot where it belongs. ``stamps`` tell live slots."""
    slot = ((key * _HASH) >> 13) & mask
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@helper
def _rehash(item_key, count, latest_only_from):
    """A table twice as large that maps each key to its newest item."""
    size = 64
    while size < 4 * (count + 1):
        size *= 2
    keys = np.empty(size, np.int64)
    stamps = np.zeros(size, np.int64)
    items = np.empty(size, np.int32)
    for item in range(latest_only_from, count):
        slot = _find(keys, stamps, 1, size - 1, item_key[item])
        keys[slot] = item_key[item]
        stamps[slot] = 1
        items[slot] = item
    return keys, stamps, items


@helper
def _grown_f8(old, size):
    new = np.empty(size, np.float64)
    for place in range(len(old)):
        new[place] = old[place]
    return new


@helper
def _grown_i8(old, size):
    new = np.empty(size, np.int64)
    for place in range(len(old)):
        new[place] = old[place]
    return new


@helper
def _grown_i4(old, size):
    new = np.empty(size, np.int32)
    for place in range(len(old)):
        new[place] = old[place]
    return new


@helper
def _endless(size):
    new = np.empty(size, np.float64)
    for place in range(size):
        new[place] = np.inf
    return new


@helper
def _least_prefix(need, strength):
    """The smallest float p with fl(p * strength) >= need."""
    p = need / strength
    while p * strength >= need:
        p = np.nextafter(p, 0.0)
    while p * strength < need:
        p = np.nextafter(p, np.inf)
    return p


@helper
def _chain(
    first_node,
    hops,
    reach,
    channels,
    node_key,
    node_value,
    node_head,
    node_sibling,
    pred_node,
    pred_strength,
    pred_next,
    need,
    prefix,
    middle,
):
    """Entities between the source and the end of the chain that is shown, into ``middle``.

    Backward: from the end's nodes, the least prefix that each predecessor would need so that the
    whole product is still ``reach``. Forward: layer by layer the smallest entity that can keep it.
    ``need`` and ``prefix`` are scratch of one float per node; ``need`` is inf and left so.
    """
    if hops == 2:
        best = -1
        node = first_node
        while node >= 0:
            pred = node_head[node]
            while pred >= 0:
                if node_value[pred_node[pred]] * pred_strength[pred] == reach:
                    entity = node_key[pred_node[pred]] // channels
                    if best < 0 or entity < best:
                        best = entity
                pred = pred_next[pred]
            node = node_sibling[node]
        middle[0] = best
        return
    tight = np.empty(16, np.int32)
    count = 0
    node = first_node
    while node >= 0:
        if count == len(tight):
            tight = _grown_i4(tight, 2 * count)
        tight[count] = node
        count += 1
        need[node] = reach
        node = node_sibling[node]
    bounds = np.zeros(hops + 2, np.int64)  # bounds[hops - layer]: where that layer's nodes begin
    bounds[1] = count
    for back in range(hops - 1):
        for place in range(bounds[back], bounds[back + 1]):
            node = tight[place]
            pred = node_head[node]
            while pred >= 0:
                before = pred_node[pred]
                least = _least_prefix(need[node], pred_strength[pred])
                if node_value[before] >= least:
                    if need[before] == np.inf:
                        if count == len(tight):
                            tight = _grown_i4(tight, 2 * count)
                        tight[count] = before
                        count += 1
                        need[before] = least
                    elif least < need[before]:
                        need[before] = least
                pred = pred_next[pred]
        bounds[back + 2] = count
    # Layer 1 lies last in ``tight``; a node's prefix is < 0 where the chain so far leaves it out.
    for layer in range(1, hops):
        back = hops - layer
        best = -1
        for place in range(bounds[back], bounds[back + 1]):
            node = tight[place]
            value = -1.0
            if layer == 1:
                value = node_value[node]
            else:
                pred = node_head[node]
                while pred >= 0:
                    before = pred_node[pred]
                    if need[before] != np.inf and prefix[before] >= 0:
                        value = max(value, prefix[before] * pred_strength[pred])
                    pred = pred_next[pred]
            if value < need[node]:
                value = -1.0
            prefix[node] = value
            if value >= 0:
                entity = node_key[node] // channels
                if best < 0 or entity < best:
                    best = entity
        for place in range(bounds[back], bounds[back + 1]):
            if node_key[tight[place]] // channels != best:
                prefix[tight[place]] = -1.0
        middle[layer - 1] = best
    for place in range(count):
        need[tight[place]] = np.inf


@kernel("line_record", "line_entity", "line_micro", "line_reach", "line_hops", "line_middle")
def reach_lines(
    first_group,
    last_group,
    group_entity,
    group_channel,
    group_records,
    record_micro,
    max_hops,
    min_micro,
    want_chains,
    row_begin,
    row_end,
    neighbour,
    step,
    stated,
    confidence,
    multiply,
    peers,
    closed,
    kind,
    barrier,
    scored,
    strength,
    share,
    min_share,
    then,
    line_record,
    line_entity,
    line_micro,
    line_reach,
    line_hops,
    line_middle,
):
    """Write the exposure lines of groups of records that share an entity and a channel.

    ``group_records[g]:group_records[g + 1]`` are a group's records in ``record_micro``. Lines go
    to the ``line_*`` arrays; ``line_middle`` has ``max_hops - 1`` columns, -1 where unused.

    Returns (next group, lines written, room needed, rows opened, entries looked at). Stops before
    a group whose lines do not fit; room needed is that group's number when nothing was written,
    else 0. Rows and entries are counted for measuring how near to the memory's speed this comes.
    """
    channels = strength.shape[0]
    lines = 0
    opened, looked = 0, 0
    capacity = len(line_record)

    node_key = np.empty(256, np.int64)
    node_value = np.empty(256, np.float64)
    node_head = np.empty(256, np.int32)
    node_sibling = np.empty(256, np.int32)
    need = _endless(256)
    prefix = np.empty(256, np.float64)
    pred_node = np.empty(256, np.int32)
    pred_strength = np.empty(256, np.float64)
    pred_next = np.empty(256, np.int32)
    state_keys = np.empty(1024, np.int64)
    state_stamps = np.zeros(1024, np.int64)
    state_nodes = np.empty(1024, np.int32)
    state_stamp = 0
    found_entity = np.empty(256, np.int64)
    found_value = np.empty(256, np.float64)
    found_hops = np.empty(256, np.int32)
    found_node = np.empty(256, np.int32)
    found_keys = np.empty(1024, np.int64)
    found_stamps = np.zeros(1024, np.int64)
    found_items = np.empty(1024, np.int32)
    found_stamp = 0
    middle = np.empty(max(1, max_hops), np.int64)

    for group in range(first_group, last_group):
        origin = group_entity[group]
        heaviest = 0.0
        for record in range(group_records[group], group_records[group + 1]):
            heaviest = max(heaviest, abs(float(record_micro[record])))
        if np.rint(heaviest) < min_micro:
            continue

        state_stamp += 1
        found_stamp += 1
        nodes = 1
        preds = 0
        found = 0
        node_key[0] = origin * channels + group_channel[group]
        node_value[0] = 1.0
        node_head[0] = -1
        node_sibling[0] = -1
        slot = _find(state_keys, state_stamps, state_stamp, len(state_keys) - 1, node_key[0])
        state_keys[slot] = node_key[0]
        state_stamps[slot] = state_stamp
        state_nodes[slot] = 0
        layer_begin = 0

        for hop in range(1, max_hops + 1):
            layer_end = nodes
            if layer_begin == layer_end:
                break
            for node in range(layer_begin, layer_end):
                entity = node_key[node] // channels
                channel = node_key[node] - entity * channels
                value = node_value[node]
                exempt = entity == origin
                if kind[entity] == barrier and not exempt:
                    continue
                entry = row_begin[entity]
                stop = row_end[entity]
                opened += 1
                while entry < stop:
                    looked += 1
                    code = step[entry]
                    if strength[channel, code] == 0.0 or (closed[entry] and not exempt):
                        # Skip the whole segment of this step: gallop, then bisect.
                        leap = 1
                        low = entry
                        while low + leap < stop and step[low + leap] == code:
                            low += leap
                            leap *= 2
                        high = min(low + leap, stop)
                        while high - low > 1:
                            half = (low + high) // 2
                            if step[half] == code:
                                low = half
                            else:
                                high = half
                        entry = high
                        continue
                    floor = min_share[channel, code]
                    mode = share[channel, code]
                    if floor >= 0 and stated[entry] < floor:
                        entry += 1
                        continue
                    factor = 1.0
                    if mode == 1:
                        factor = multiply[entry]
                    elif mode == 2:
                        factor = 1.0 / peers[entry]
                    weight = strength[channel, code] * factor * confidence[entry]
                    product = value * weight
                    target = np.int64(neighbour[entry])
                    entry += 1
                    if np.rint(heaviest * product) < min_micro:
                        continue
                    key = target * channels + then[channel, code]
                    slot = _find(state_keys, state_stamps, state_stamp, len(state_keys) - 1, key)
                    known = state_nodes[slot] if state_stamps[slot] == state_stamp else -1
                    if known >= 0 and known < layer_end:
                        if product <= node_value[known]:
                            continue
                        known = -1
                    if known < 0:
                        if nodes == len(node_key):
                            node_key = _grown_i8(node_key, 2 * nodes)
                            node_value = _grown_f8(node_value, 2 * nodes)
                            node_head = _grown_i4(node_head, 2 * nodes)
                            node_sibling = _grown_i4(node_sibling, 2 * nodes)
                            prefix = np.empty(2 * nodes, np.float64)
                            need = _endless(2 * nodes)
                        known = nodes
                        nodes += 1
                        node_key[known] = key
                        node_value[known] = product
                        node_head[known] = -1
                        node_sibling[known] = -1
                        state_keys[slot] = key
                        state_stamps[slot] = state_stamp
                        state_nodes[slot] = known
                        if 2 * nodes > len(state_keys):
                            state_keys, state_stamps, state_nodes = _rehash(node_key, nodes, 0)
                            state_stamp = 1
                    elif product > node_value[known]:
                        if node_value[known] < product * (1.0 - SLACK):
                            node_head[known] = -1
                        node_value[known] = product
                    elif product < node_value[known] * (1.0 - SLACK):
                        continue
                    if want_chains and hop > 1:
                        if preds == len(pred_node):
                            pred_node = _grown_i4(pred_node, 2 * preds)
                            pred_strength = _grown_f8(pred_strength, 2 * preds)
                            pred_next = _grown_i4(pred_next, 2 * preds)
                        pred_node[preds] = node
                        pred_strength[preds] = weight
                        pred_next[preds] = node_head[known]
                        node_head[known] = preds
                        preds += 1

            for node in range(layer_end, nodes):
                target = node_key[node] // channels
                if target == origin or not scored[target]:
                    continue
                slot = _find(found_keys, found_stamps, found_stamp, len(found_keys) - 1, target)
                if found_stamps[slot] != found_stamp:
                    if found == len(found_entity):
                        found_entity = _grown_i8(found_entity, 2 * found)
                        found_value = _grown_f8(found_value, 2 * found)
                        found_hops = _grown_i4(found_hops, 2 * found)
                        found_node = _grown_i4(found_node, 2 * found)
                    found_keys[slot] = target
                    found_stamps[slot] = found_stamp
                    found_items[slot] = found
                    found_entity[found] = target
                    found_value[found] = node_value[node]
                    found_hops[found] = hop
                    found_node[found] = node
                    found += 1
                    if 2 * found > len(found_keys):
                        found_keys, found_stamps, found_items = _rehash(found_entity, found, 0)
                        found_stamp = 1
                    continue
                item = found_items[slot]
                if node_value[node] > found_value[item]:
                    found_value[item] = node_value[node]
                    found_hops[item] = hop
                    found_node[item] = node
                elif node_value[node] == found_value[item] and found_hops[item] == hop:
                    node_sibling[node] = found_node[item]
                    found_node[item] = node
            layer_begin = layer_end

        room = found * (group_records[group + 1] - group_records[group])
        if lines + room > capacity:
            return group, lines, room if lines == 0 else 0, opened, looked
        for item in range(found):
            hops = found_hops[item]
            located = False
            for record in range(group_records[group], group_records[group + 1]):
                amount = np.rint(record_micro[record] * found_value[item])
                if abs(amount) < min_micro:
                    continue
                line_record[lines] = record
                line_entity[lines] = found_entity[item]
                line_micro[lines] = np.int64(amount)
                line_reach[lines] = found_value[item]
                line_hops[lines] = hops
                if want_chains:
                    if not located:
                        located = True
                        if hops > 1:
                            _chain(
                                found_node[item],
                                hops,
                                found_value[item],
                                channels,
                                node_key,
                                node_value,
                                node_head,
                                node_sibling,
                                pred_node,
                                pred_strength,
                                pred_next,
                                need,
                                prefix,
                                middle,
                            )
                    for place in range(max_hops - 1):
                        line_middle[lines, place] = middle[place] if place < hops - 1 else -1
                lines += 1
    return last_group, lines, 0, opened, looked
