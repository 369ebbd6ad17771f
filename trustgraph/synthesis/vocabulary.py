"""The characters that names are put together from.

Given names pair a common character with a literary, seldom one: the pairs are invented and
meet no well-known person. Brands of companies pair auspicious characters, as real ones do; where
one coincides with a real company's name, that is chance and says nothing about it.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BRAND_FIRST",
    "BRAND_SECOND",
    "BRAND_THIRD",
    "FOREIGN_FIRST",
    "FOREIGN_GIVEN",
    "FOREIGN_LAST",
    "FOREIGN_MIDDLE",
    "FOREIGN_SURNAMES",
    "GIVEN_FIRST",
    "GIVEN_SECOND",
    "SURNAMES",
]


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    words = text.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES: Final = _pairs(
    "王 Wang 李 Li 张 Zhang 刘 Liu 陈 Chen 杨 Yang 黄 Huang 赵 Zhao 吴 Wu 周 Zhou "
    "徐 Xu 孙 Sun 马 Ma 朱 Zhu 胡 Hu 郭 Guo 何 He 高 Gao 林 Lin 罗 Luo "
    "郑 Zheng 梁 Liang 谢 Xie 宋 Song 唐 Tang 许 Xu 韩 Han 冯 Feng 邓 Deng 曹 Cao "
    "彭 Peng 曾 Zeng 肖 Xiao 田 Tian 董 Dong 袁 Yuan 潘 Pan 于 Yu 蒋 Jiang 蔡 Cai "
    "余 Yu 杜 Du 叶 Ye 程 Cheng 苏 Su 魏 Wei 吕 Lü 丁 Ding 任 Ren 沈 Shen "
    "姚 Yao 卢 Lu 姜 Jiang 崔 Cui 钟 Zhong 谭 Tan 陆 Lu 汪 Wang 范 Fan 金 Jin"
)
GIVEN_FIRST: Final = _pairs(
    "文 wen 志 zhi 建 jian 明 ming 国 guo 晓 xiao 海 hai 立 li 春 chun 永 yong "
    "家 jia 玉 yu 思 si 子 zi 雨 yu 佳 jia 新 xin 成 cheng 少 shao 景 jing "
    "梦 meng 宏 hong 世 shi 云 yun 光 guang 培 pei 秀 xiu 正 zheng 嘉 jia 若 ruo "
    "怀 huai 书 shu 维 wei 承 cheng 敬 jing 启 qi 安 an 仁 ren 树 shu 远 yuan"
)
GIVEN_SECOND: Final = _pairs(
    "砚 yan 澍 shu 岑 cen 昀 yun 珩 heng 璟 jing 砺 li 筠 yun 翊 yi 荞 qiao "
    "葭 jia 衍 yan 泓 hong 溯 su 棠 tang 樾 yue 沅 yuan 漪 yi 琬 wan 瑀 yu "
    "笙 sheng 绎 yi 芮 rui 萱 xuan 蔚 wei 谦 qian 钧 jun 铎 duo 霁 ji 骁 xiao "
    "麓 lu 桓 huan 榆 yu 澈 che 焓 han 畅 chang 硕 shuo 禾 he 穆 mu 岳 yue"
)
BRAND_FIRST: Final = _pairs(
    "瑞 Rui 恒 Heng 盛 Sheng 泰 Tai 华 Hua 鑫 Xin 宏 Hong 嘉 Jia 润 Run 博 Bo "
    "诚 Cheng 东 Dong 金 Jin 天 Tian 万 Wan 中 Zhong 益 Yi 信 Xin 远 Yuan 德 De "
    "凯 Kai 聚 Ju 众 Zhong 正 Zheng 汇 Hui 弘 Hong 睿 Rui 铭 Ming 锦 Jin 旭 Xu "
    "卓 Zhuo 腾 Teng 启 Qi 优 You 晟 Sheng 佰 Bai 康 Kang 福 Fu 祥 Xiang 顺 Shun "
    "昊 Hao 蓝 Lan 绿 Lv 北 Bei 南 Nan 海 Hai 山 Shan 江 Jiang"
)
BRAND_SECOND: Final = _pairs(
    "泽 ze 达 da 丰 feng 源 yuan 通 tong 禾 he 安 an 隆 long 川 chuan 林 lin "
    "科 ke 城 cheng 邦 bang 创 chuang 方 fang 和 he 景 jing 岳 yue 峰 feng 航 hang "
    "立 li 茂 mao 辰 chen 诺 nuo 朗 lang 森 sen 世 shi 拓 tuo 维 wei 星 xing "
    "雅 ya 阳 yang 宇 yu 域 yu 越 yue 云 yun 展 zhan 振 zhen 智 zhi 舟 zhou "
    "洲 zhou 佑 you 益 yi 鼎 ding 基 ji 石 shi 田 tian 港 gang"
)
BRAND_THIRD: Final = _pairs(
    "成 cheng 程 cheng 际 ji 力 li 联 lian 美 mei 宁 ning 朋 peng 荣 rong 升 sheng "
    "堂 tang 特 te 威 wei 文 wen 鑫 xin 欣 xin 业 ye 艺 yi 悦 yue 耘 yun "
    "兆 zhao 真 zhen 众 zhong 尊 zun"
)
FOREIGN_FIRST: Final = _words(
    "Vel Kan Tor Bren Sol Mar Dra Fen Gal Hel Jor Lun Nor Ost Per Quil Ras Sten Tyr Ul "
    "Var Wes Yor Zel"
)
FOREIGN_MIDDLE: Final = _words(
    "a e i o u ado emi ino olu ura andi erve isto onda umbe alte enza ikka orri ulva"
)
FOREIGN_LAST: Final = _words(
    "ra dis mont len via tec gard holm ix nova quest ris sen tria vance wick"
)
FOREIGN_GIVEN: Final = _words(
    "Ansel Brita Corin Delia Edda Florian Gesa Henrik Ilse Jonas Katrin Leif Maren Niall "
    "Odile Piers Renske Sanna Tobias Ulla Viggo Wanda Yael Zeno"
)
FOREIGN_SURNAMES: Final = _words(
    "Aldermoor Brentholt Carvessa Dunvale Eskelund Farnwick Grethaven Holmquill Islebrand "
    "Jarnfeld Kestrelow Lindvarg Marchwold Nordanger Ostervane Pellmark Quarnby Rostwick "
    "Sundermar Thornquay Ulverley Vanterholt Westergaal Yarrowby"
)
