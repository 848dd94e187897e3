//! What a proposal holds, as canonical JSON: the fields in the order of these types, what is not said left out.
use jicai_domain::catalog::code::CodeKind;
use jicai_domain::catalog::item::{
    Claim, Content, ItemKind, ItemStatus, NameGiven, NamePurpose, NewItem, Payload, RelationKind, Span,
};
use jicai_domain::ids::{Id, ItemId};
use jicai_domain::time::Day;
use serde::{Deserialize, Serialize};

use crate::errors::Error;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
enum PayloadText {
    New {
        item: NewText,
        from: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        other_than: Option<String>,
    },
    Change {
        item: String,
        content: ContentText,
        from: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        names: Vec<NameText>,
    },
    Merge {
        items: Vec<String>,
        into: String,
        from: String,
    },
    Split {
        item: String,
        parts: Vec<NewText>,
        from: String,
    },
    Supersede {
        item: String,
        by: String,
        from: String,
    },
    Retire {
        item: String,
        status: String,
        from: String,
    },
    Link {
        item: String,
        codes: Vec<ClaimText>,
        #[serde(skip_serializing_if = "Option::is_none")]
        relation: Option<RelationText>,
    },
}

#[derive(Serialize, Deserialize)]
struct RelationText {
    kind: String,
    to: String,
    since: String,
}

#[derive(Serialize, Deserialize)]
struct NewText {
    kind: String,
    content: ContentText,
    codes: Vec<ClaimText>,
    names: Vec<NameText>,
}

#[derive(Serialize, Deserialize)]
struct NameText {
    lang: String,
    purpose: String,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct ClaimText {
    system: String,
    value: String,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContentText {
    generic_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_spec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    units_per_pack: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smallest_unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smallest_pack_unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    material: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generic_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form_code: Option<String>,
}

/// The text of a payload.
pub(super) fn write(payload: &Payload) -> Result<String, Error> {
    serde_json::to_string(&PayloadText::from(payload)).map_err(|error| Error::Broken(error.into()))
}

/// Reads what `write` wrote.
pub fn read(text: &str) -> Result<Payload, Error> {
    let text: PayloadText = serde_json::from_str(text).map_err(|error| Error::Broken(error.into()))?;
    payload(text).ok_or_else(|| Error::broken("an unreadable payload of a proposal"))
}

impl From<&Payload> for PayloadText {
    fn from(payload: &Payload) -> Self {
        match payload {
            Payload::New { item, from, other_than } => Self::New {
                item: item.into(),
                from: from.to_string(),
                other_than: other_than.map(|other| other.to_string()),
            },
            Payload::Change { item, content, span, names } => Self::Change {
                item: item.to_string(),
                content: content.into(),
                from: span.from.to_string(),
                to: span.to.map(|to| to.to_string()),
                names: names.iter().map(NameText::from).collect(),
            },
            Payload::Merge { items, into, from } => Self::Merge {
                items: items.iter().map(ToString::to_string).collect(),
                into: into.to_string(),
                from: from.to_string(),
            },
            Payload::Split { item, parts, from } => Self::Split {
                item: item.to_string(),
                parts: parts.iter().map(NewText::from).collect(),
                from: from.to_string(),
            },
            Payload::Supersede { item, by, from } => {
                Self::Supersede { item: item.to_string(), by: by.to_string(), from: from.to_string() }
            }
            Payload::Retire { item, status, from } => Self::Retire {
                item: item.to_string(),
                status: status.label().to_owned(),
                from: from.to_string(),
            },
            Payload::Link { item, codes, relation } => Self::Link {
                item: item.to_string(),
                codes: codes.iter().map(ClaimText::from).collect(),
                relation: relation.map(|(kind, to, since)| RelationText {
                    kind: kind.label().to_owned(),
                    to: to.to_string(),
                    since: since.to_string(),
                }),
            },
        }
    }
}

impl From<&NewItem> for NewText {
    fn from(item: &NewItem) -> Self {
        Self {
            kind: item.kind.label().to_owned(),
            content: (&item.content).into(),
            codes: item.codes.iter().map(ClaimText::from).collect(),
            names: item.names.iter().map(NameText::from).collect(),
        }
    }
}

impl From<&NameGiven> for NameText {
    fn from(name: &NameGiven) -> Self {
        Self { lang: name.lang.clone(), purpose: name.purpose.label().to_owned(), name: name.name.clone() }
    }
}

impl From<&Claim> for ClaimText {
    fn from(claim: &Claim) -> Self {
        Self {
            system: claim.system.name().to_owned(),
            value: claim.value.clone(),
            from: claim.span.from.to_string(),
            to: claim.span.to.map(|to| to.to_string()),
            evidence: claim.evidence.clone(),
            document: claim.document.map(|document| document.to_string()),
        }
    }
}

impl From<&Content> for ContentText {
    fn from(content: &Content) -> Self {
        Self {
            generic_name: content.generic_name.clone(),
            trade_name: content.trade_name.clone(),
            form: content.form.clone(),
            declared_spec: content.declared_spec.clone(),
            holder_name: content.holder_name.clone(),
            holder: content.holder.map(|holder| holder.to_string()),
            maker_name: content.maker_name.clone(),
            units_per_pack: content.units_per_pack,
            smallest_unit: content.smallest_unit.clone(),
            smallest_pack_unit: content.smallest_pack_unit.clone(),
            material: content.material.clone(),
            class_code: content.class_code.clone(),
            generic_code: content.generic_code.clone(),
            form_code: content.form_code.clone(),
        }
    }
}

fn payload(text: PayloadText) -> Option<Payload> {
    Some(match text {
        PayloadText::New { item, from, other_than } => Payload::New {
            item: new_item(item)?,
            from: Day::parse(&from)?,
            other_than: optional(other_than.as_deref().map(item_id))?,
        },
        PayloadText::Change { item, content, from, to, names } => Payload::Change {
            item: item_id(&item)?,
            content: self::content(content)?,
            span: span(&from, to.as_deref())?,
            names: names.into_iter().map(name).collect::<Option<_>>()?,
        },
        PayloadText::Merge { items, into, from } => Payload::Merge {
            items: items.iter().map(|item| item_id(item)).collect::<Option<_>>()?,
            into: item_id(&into)?,
            from: Day::parse(&from)?,
        },
        PayloadText::Split { item, parts, from } => Payload::Split {
            item: item_id(&item)?,
            parts: parts.into_iter().map(new_item).collect::<Option<_>>()?,
            from: Day::parse(&from)?,
        },
        PayloadText::Supersede { item, by, from } => {
            Payload::Supersede { item: item_id(&item)?, by: item_id(&by)?, from: Day::parse(&from)? }
        }
        PayloadText::Retire { item, status, from } => Payload::Retire {
            item: item_id(&item)?,
            status: ItemStatus::from_label(&status)?,
            from: Day::parse(&from)?,
        },
        PayloadText::Link { item, codes, relation } => Payload::Link {
            item: item_id(&item)?,
            codes: codes.into_iter().map(claim).collect::<Option<_>>()?,
            relation: optional(relation.map(self::relation))?,
        },
    })
}

/// What is said must be readable.
fn optional<T>(said: Option<Option<T>>) -> Option<Option<T>> {
    said.map_or(Some(None), |read| read.map(Some))
}

fn item_id(text: &str) -> Option<ItemId> {
    ItemId::parse(text).ok()
}

fn span(from: &str, to: Option<&str>) -> Option<Span> {
    Span::new(Day::parse(from)?, optional(to.map(Day::parse))?)
}

fn relation(text: RelationText) -> Option<(RelationKind, ItemId, Day)> {
    Some((RelationKind::from_label(&text.kind)?, item_id(&text.to)?, Day::parse(&text.since)?))
}

fn new_item(text: NewText) -> Option<NewItem> {
    Some(NewItem {
        kind: ItemKind::from_label(&text.kind)?,
        content: content(text.content)?,
        codes: text.codes.into_iter().map(claim).collect::<Option<_>>()?,
        names: text.names.into_iter().map(name).collect::<Option<_>>()?,
    })
}

fn name(text: NameText) -> Option<NameGiven> {
    Some(NameGiven { lang: text.lang, purpose: NamePurpose::from_label(&text.purpose)?, name: text.name })
}

fn claim(text: ClaimText) -> Option<Claim> {
    Some(Claim {
        system: CodeKind::from_name(&text.system)?,
        value: text.value,
        span: span(&text.from, text.to.as_deref())?,
        evidence: text.evidence,
        document: optional(text.document.map(|document| Id::parse(&document).ok()))?,
    })
}

fn content(text: ContentText) -> Option<Content> {
    Some(Content {
        generic_name: text.generic_name,
        trade_name: text.trade_name,
        form: text.form,
        declared_spec: text.declared_spec,
        holder_name: text.holder_name,
        holder: optional(text.holder.map(|holder| Id::parse(&holder).ok()))?,
        maker_name: text.maker_name,
        units_per_pack: text.units_per_pack,
        smallest_unit: text.smallest_unit,
        smallest_pack_unit: text.smallest_pack_unit,
        material: text.material,
        class_code: text.class_code,
        generic_code: text.generic_code,
        form_code: text.form_code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn every_payload_is_read_back() {
        let (one, other) = (ItemId::from_number(1), ItemId::from_number(2));
        let content = Content {
            generic_name: "厄贝沙坦片".to_owned(),
            units_per_pack: Some(7),
            holder: Some(Id::from_number(3)),
            ..Content::default()
        };
        let evidence = Some("批件");
        let claim = Claim::read(
            "gtin",
            "6901234567892",
            Span { from: day("2026-01-01"), to: None },
            (evidence, None),
        );
        let name =
            NameGiven { lang: "en".to_owned(), purpose: NamePurpose::Alias, name: "Irbesartan".to_owned() };
        let codes = vec![claim.unwrap()];
        let new = NewItem {
            kind: ItemKind::Western,
            content: content.clone(),
            codes: codes.clone(),
            names: vec![name.clone()],
        };
        let from = day("2026-01-01");
        let span = Span { from, to: Some(day("2026-02-01")) };
        let table = [
            Payload::New { item: new.clone(), from, other_than: Some(one) },
            Payload::Change { item: one, content, span, names: vec![name] },
            Payload::Merge { items: vec![one], into: other, from },
            Payload::Split { item: one, parts: vec![new.clone(), new], from },
            Payload::Supersede { item: one, by: other, from },
            Payload::Retire { item: one, status: ItemStatus::Withdrawn, from },
            Payload::Link { item: one, codes, relation: Some((RelationKind::PackOf, other, from)) },
        ];
        for payload in table {
            let text = write(&payload).unwrap();
            assert_eq!(read(&text).unwrap(), payload, "{text}");
            assert!(text.starts_with(&format!("{{\"kind\":\"{}\"", payload.kind().label())), "{text}");
        }
        assert!(read("{\"kind\":\"MERGE\",\"items\":[\"x\"],\"into\":\"y\",\"from\":\"z\"}").is_err());
    }
}
