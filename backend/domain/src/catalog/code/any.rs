//! Every kind of code, and a code of any kind.
use std::fmt;

use super::{
    AhmUdi, Atc, Clean, ConsumableCode, DeviceRegistration, DmdId, DrugApproval, ElementString, Faults,
    Finding, Gln, GranuleCode, Gtin, KoreanPriceCode, MaUdi, Ndc, OwnCode, Parts, PatentCode, PieceCode,
    PreparationCode, PublicCode, ServiceCode, Sscc, StandardCode, TraceCode, TracePrefix, WesternCode,
};

macro_rules! kinds {
    ($($variant:ident($type:ty), $name:literal, $english:literal, $chinese:literal;)+) => {
        /// A kind of public code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CodeKind {
            $(#[doc = $english] $variant,)+
        }

        impl CodeKind {
            /// Every kind.
            pub const ALL: &[CodeKind] = &[$(Self::$variant),+];

            /// The stable name, in rows and on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it is, in English and Chinese.
            pub const fn title(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$variant => ($english, $chinese),)+
                }
            }

            /// Reads a code of this kind.
            pub(super) fn read(self, clean: &Clean<'_>) -> Result<AnyCode, Faults> {
                match self {
                    $(Self::$variant => <$type>::read(clean).map(AnyCode::$variant),)+
                }
            }
        }

        /// A well-formed code of one of the kinds.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum AnyCode {
            $(#[doc = $english] $variant($type),)+
        }

        impl AnyCode {
            /// Its kind.
            pub const fn kind(&self) -> CodeKind {
                match self {
                    $(Self::$variant(_) => CodeKind::$variant,)+
                }
            }

            /// Its parts.
            pub fn parts(&self) -> Parts {
                match self {
                    $(Self::$variant(code) => code.parts(),)+
                }
            }

            /// What is unusual about it.
            pub(super) fn remarks(&self, clean: &Clean<'_>) -> Vec<Finding> {
                match self {
                    $(Self::$variant(code) => code.remarks(clean),)+
                }
            }
        }

        impl fmt::Display for AnyCode {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(code) => code.fmt(f),)+
                }
            }
        }
    };
}

kinds! {
    NhsaWestern(WesternCode), "nhsa-western", "NHSA code of a western drug", "医保西药编码";
    NhsaPatent(PatentCode), "nhsa-tcm", "NHSA code of a Chinese patent medicine", "医保中成药编码";
    NhsaPiece(PieceCode), "nhsa-piece", "NHSA code of a decoction piece", "医保中药饮片编码";
    NhsaGranule(GranuleCode), "nhsa-granule", "NHSA code of a dispensing granule", "医保中药配方颗粒编码";
    NhsaPreparation(PreparationCode), "nhsa-preparation", "NHSA code of an in-house preparation", "医保医疗机构制剂编码";
    NhsaConsumable(ConsumableCode), "nhsa-consumable", "NHSA code of a consumable", "医保医用耗材编码";
    NhsaService(ServiceCode), "nhsa-service", "NHSA code of a medical service item", "医保医疗服务项目编码";
    StandardCode(StandardCode), "cn-standard-code-14", "Drug standard code", "药品本位码";
    DrugApproval(DrugApproval), "nmpa-approval", "Approval number of a drug", "药品批准文号";
    DeviceRegistration(DeviceRegistration), "nmpa-device", "Registration or filing of a device", "医疗器械注册（备案）号";
    TraceCode(TraceCode), "trace-code", "Drug trace code", "药品追溯码";
    TracePrefix(TracePrefix), "trace-prefix", "Drug identification code of trace codes", "药品追溯标识码";
    Gtin(Gtin), "gtin", "GTIN (GS1 trade item number)", "全球贸易项目代码";
    Gln(Gln), "gln", "GLN (GS1 location number)", "全球位置码";
    Sscc(Sscc), "sscc", "SSCC (GS1 serial shipping container code)", "系列货运包装箱代码";
    ElementString(ElementString), "gs1", "GS1 element string", "GS1单元数据串";
    MaUdi(MaUdi), "ma-udi", "UDI issued by MA (IDcode)", "MA医疗器械唯一标识";
    AhmUdi(AhmUdi), "ahm-udi", "UDI issued by AHM (Ali Health)", "阿里健康医疗器械唯一标识";
    Ndc(Ndc), "ndc", "US National Drug Code", "美国国家药品代码";
    DmdId(DmdId), "dmd", "UK dm+d identifier", "英国dm+d标识";
    Atc(Atc), "atc", "ATC class", "ATC分类码";
    KoreanPriceCode(KoreanPriceCode), "kr-price-code", "Korean price code", "韩国药品价格代码";
    Own(OwnCode), "jicai", "Own code of an item of this registry", "本平台项目编码";
}

impl CodeKind {
    /// The kind with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
