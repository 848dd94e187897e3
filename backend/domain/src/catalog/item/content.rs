//! What is said of an item, and what makes two records one item.
use sha2::{Digest as _, Sha256};

use crate::catalog::group::{Traits, duplicate_key};
use crate::catalog::spec::{NormalSpec, normal_name};
use crate::documents::Digest;
use crate::errors::{Code, Refusal};
use crate::ids::OrganizationId;

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$(Self::$variant),+];

            /// The stable label, in rows and on the wire.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }

            /// The one with that label.
            pub fn from_label(label: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.label() == label)
            }
        }
    };
}
pub(super) use labels;

labels! {
    /// What kind of thing an item is.
    ItemKind {
        /// 西药.
        Western = "WESTERN";
        /// 中成药.
        Patent = "PATENT";
        /// 中药饮片.
        Pieces = "PIECES";
        /// 中药配方颗粒.
        Granules = "GRANULES";
        /// 医疗机构制剂.
        InHouse = "IN_HOUSE";
        /// 医用耗材.
        Consumable = "CONSUMABLE";
        /// 体外诊断试剂.
        Reagent = "REAGENT";
    }
}

labels! {
    /// How an item stands.
    ItemStatus {
        /// 有效.
        Active = "ACTIVE";
        /// 暂停.
        Suspended = "SUSPENDED";
        /// Still readable, for no new use. 停用
        Deprecated = "DEPRECATED";
        /// Another item, or several, stand for it. 已替代
        Replaced = "REPLACED";
        /// 已撤市.
        Withdrawn = "WITHDRAWN";
        /// There never was such an item. 误录
        EnteredInError = "ENTERED_IN_ERROR";
    }
}

impl ItemKind {
    /// Whether it is a drug; everything else is a device.
    pub const fn is_drug(self) -> bool {
        match self {
            Self::Western | Self::Patent | Self::Pieces | Self::Granules | Self::InHouse => true,
            Self::Consumable | Self::Reagent => false,
        }
    }
}

impl ItemStatus {
    /// Whether something may still be decided about the item.
    pub const fn stands(self) -> bool {
        matches!(self, Self::Active | Self::Suspended | Self::Deprecated)
    }
}

/// What is said of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// 通用名.
    pub generic_name: String,
    /// 商品名.
    pub trade_name: Option<String>,
    /// 剂型.
    pub form: Option<String>,
    /// 规格, as declared.
    pub declared_spec: Option<String>,
    /// 上市许可持有人 or 注册人, by name.
    pub holder_name: Option<String>,
    /// The same as an organization of the platform.
    pub holder: Option<OrganizationId>,
    /// 生产企业, where it is another one.
    pub maker_name: Option<String>,
    /// Smallest units in a pack.
    pub units_per_pack: Option<u32>,
    /// 最小制剂单位.
    pub smallest_unit: Option<String>,
    /// 最小包装单位.
    pub smallest_pack_unit: Option<String>,
    /// 包装材质 or the material of a consumable.
    pub material: Option<String>,
    /// The class in the national code.
    pub class_code: Option<String>,
    /// The generic name in the national code.
    pub generic_code: Option<String>,
    /// The form in the national code.
    pub form_code: Option<String>,
}

/// What is said of an item, and how it stands: the fact that a version holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// How it stands.
    pub status: ItemStatus,
    /// What it is.
    pub content: Content,
}

impl Content {
    /// Puts every text in order. Errors: `ITEM_INVALID`.
    pub fn checked(self) -> Result<Self, Refusal> {
        let other = |text: Option<String>, field| super::text_if_any(text.as_deref(), field);
        if self.units_per_pack.is_some_and(|units| units == 0 || i32::try_from(units).is_err()) {
            return Err(Refusal::of(Code::ItemInvalid).at("unitsPerPack").allowing("1 to 2147483647"));
        }
        Ok(Self {
            generic_name: super::text(&self.generic_name, "genericName")?,
            trade_name: other(self.trade_name, "tradeName")?,
            form: other(self.form, "form")?,
            declared_spec: other(self.declared_spec, "declaredSpec")?,
            holder_name: other(self.holder_name, "holderName")?,
            holder: self.holder,
            maker_name: other(self.maker_name, "makerName")?,
            units_per_pack: self.units_per_pack,
            smallest_unit: other(self.smallest_unit, "smallestUnit")?,
            smallest_pack_unit: other(self.smallest_pack_unit, "smallestPackUnit")?,
            material: other(self.material, "material")?,
            class_code: other(self.class_code, "classCode")?,
            generic_code: other(self.generic_code, "genericCode")?,
            form_code: other(self.form_code, "formCode")?,
        })
    }

    /// 规格 in its one form, without the pack.
    pub fn normal_spec(&self) -> Option<String> {
        let spec = NormalSpec::parse(self.declared_spec.as_deref()?)?;
        let basis: String = spec.basis().iter().map(|basis| format!("({basis})")).collect();
        Some(format!("{}{basis}", spec.strength())).filter(|text| !text.is_empty())
    }

    /// What is known of it for comparing it, but for what codes tell.
    pub fn traits(&self) -> Traits {
        Traits {
            generic: Some(self.generic_name.clone()),
            form: self.form.clone(),
            spec: self.declared_spec.clone(),
            holder: self.holder_name.clone(),
            ..Traits::default()
        }
    }

    /// What decides whether another record is the same item: generic name, form, declared spec and holder. None where one of them is not
    /// known: nothing is taken for the same by what is missing.
    pub fn identity(&self, kind: ItemKind) -> Option<Digest> {
        self.identity_parts(kind).map(|parts| digest(&parts))
    }

    /// The same with the pack and its material: what tells apart two items that somebody has said are not the same.
    pub fn exact_identity(&self, kind: ItemKind) -> Option<Digest> {
        let mut parts = self.identity_parts(kind)?;
        let spec = self.declared_spec.as_deref().and_then(NormalSpec::parse);
        let units = self.units_per_pack.map(u64::from).or_else(|| spec.and_then(|spec| spec.pack()));
        parts.push(units.map(|units| units.to_string()).unwrap_or_default());
        let rest = [&self.smallest_pack_unit, &self.material, &self.trade_name];
        parts.extend(rest.map(|text| text.as_deref().map(normal_name).unwrap_or_default()));
        Some(digest(&parts))
    }

    fn identity_parts(&self, kind: ItemKind) -> Option<Vec<String>> {
        let key = duplicate_key(&self.traits())?;
        Some(std::iter::once(kind.label().to_owned()).chain(key.values).collect())
    }

    fn fields(&self) -> [(&'static str, Option<String>); 14] {
        let text = |text: &Option<String>| text.clone();
        [
            ("genericName", Some(self.generic_name.clone())),
            ("tradeName", text(&self.trade_name)),
            ("form", text(&self.form)),
            ("declaredSpec", text(&self.declared_spec)),
            ("holderName", text(&self.holder_name)),
            ("holder", self.holder.map(|holder| holder.to_string())),
            ("makerName", text(&self.maker_name)),
            ("unitsPerPack", self.units_per_pack.map(|units| units.to_string())),
            ("smallestUnit", text(&self.smallest_unit)),
            ("smallestPackUnit", text(&self.smallest_pack_unit)),
            ("material", text(&self.material)),
            ("classCode", text(&self.class_code)),
            ("genericCode", text(&self.generic_code)),
            ("formCode", text(&self.form_code)),
        ]
    }
}

impl Said {
    /// What all of it hashes to: a line `name length:value` a field that says something, in a fixed order.
    pub fn digest(&self) -> Digest {
        let mut text = format!("jicai-item/1\nstatus {}\n", self.status.label());
        for (name, value) in self.content.fields() {
            if let Some(value) = value {
                text.push_str(&format!("{name} {}:{value}\n", value.len()));
            }
        }
        Digest::new(Sha256::digest(text.as_bytes()).into())
    }
}

fn digest(parts: &[String]) -> Digest {
    let text: String = parts.iter().map(|part| format!("{}:{part}\n", part.len())).collect();
    Digest::new(Sha256::digest(format!("jicai-identity/1\n{text}").as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(spec: &str, holder: &str) -> Content {
        Content {
            generic_name: "厄贝沙坦片".to_owned(),
            form: Some("片剂".to_owned()),
            declared_spec: Some(spec.to_owned()),
            holder_name: Some(holder.to_owned()),
            ..Content::default()
        }
    }

    #[test]
    fn one_item_is_one_however_it_is_written_and_packs_are_told_apart_only_when_asked() {
        let kind = ItemKind::Western;
        let (seven, fourteen) =
            (content("75mg*7片", "甲公司（杭州）"), content("０．０７５ｇ×14片", "甲公司(杭州)"));
        assert_eq!(seven.identity(kind), fourteen.identity(kind));
        assert_ne!(seven.exact_identity(kind), fourteen.exact_identity(kind));
        assert_ne!(seven.identity(kind), seven.exact_identity(kind));
        assert_ne!(seven.identity(kind), content("150mg*7片", "甲公司(杭州)").identity(kind));
        assert_ne!(seven.identity(kind), seven.identity(ItemKind::Patent));
        assert_eq!(Content { holder_name: None, ..seven }.identity(kind), None);
    }

    #[test]
    fn the_digest_tells_status_and_every_field_and_is_frozen() {
        let said = Said { status: ItemStatus::Active, content: content("75mg", "甲") };
        let suspended = Said { status: ItemStatus::Suspended, ..said.clone() };
        assert_ne!(said.digest(), suspended.digest());
        let moved = Content { trade_name: Some("x".to_owned()), ..said.content.clone() };
        assert_ne!(said.digest(), Said { content: moved, ..said.clone() }.digest());
        assert_eq!(
            said.digest().to_string(),
            "0478a2b2372573826a9363277ad5b8d017d8ed6d0cf4ae0018452fe1b993d366"
        );
    }

    #[test]
    fn texts_are_put_in_order() {
        let odd = Content {
            trade_name: Some("  ".to_owned()),
            maker_name: Some(" 乙 ".to_owned()),
            ..content("1g", "甲")
        };
        let checked = odd.checked().unwrap();
        assert_eq!((checked.trade_name, checked.maker_name.as_deref()), (None, Some("乙")));
        let refused = Content { generic_name: "\n".to_owned(), ..Content::default() }.checked().unwrap_err();
        assert_eq!((refused.code, refused.field), (Code::ItemInvalid, Some("genericName")));
        assert!(Content { units_per_pack: Some(0), ..content("1g", "甲") }.checked().is_err());
    }
}
