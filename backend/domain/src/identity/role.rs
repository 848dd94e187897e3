//! The roles of the platform and the types of organization that have them.

/// What a user acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 申报企业, the marketing-authorization holder.
    Manufacturer,
    /// 配送企业.
    Distributor,
    /// 医疗机构.
    Hospital,
    /// 联采办, 采购中心.
    ProcurementOffice,
    /// 密钥保管人, holds a share of a round's key.
    KeyCustodian,
    /// Reviews hospitals' demand upward.
    Reviewer,
    /// 经办机构.
    InsuranceAgency,
    /// 医保局.
    Regulator,
    /// Reads what its jurisdiction allows, changes nothing.
    Auditor,
    /// Accounts and reference data; sees no bid and moves no money.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: &[Role] = &[
        Self::Manufacturer,
        Self::Distributor,
        Self::Hospital,
        Self::ProcurementOffice,
        Self::KeyCustodian,
        Self::Reviewer,
        Self::InsuranceAgency,
        Self::Regulator,
        Self::Auditor,
        Self::Admin,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Manufacturer => "MANUFACTURER",
            Self::Distributor => "DISTRIBUTOR",
            Self::Hospital => "HOSPITAL",
            Self::ProcurementOffice => "PROCUREMENT_OFFICE",
            Self::KeyCustodian => "KEY_CUSTODIAN",
            Self::Reviewer => "REVIEWER",
            Self::InsuranceAgency => "INSURANCE_AGENCY",
            Self::Regulator => "REGULATOR",
            Self::Auditor => "AUDITOR",
            Self::Admin => "ADMIN",
        }
    }

    /// The role with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.label() == label)
    }
}

/// The type of an organization; decides the roles that its users may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrganizationKind {
    /// A marketing-authorization holder.
    Manufacturer,
    /// A distributor.
    Distributor,
    /// A medical institution.
    Hospital,
    /// A procurement office; its users may be key custodians instead.
    ProcurementOffice,
    /// A reviewing body of a county, city or province.
    ReviewBody,
    /// An agency of the insurance fund.
    InsuranceAgency,
    /// A healthcare-security administration.
    Regulator,
    /// A supervising or auditing body.
    AuditBody,
    /// Whoever operates the platform.
    Operator,
}

impl OrganizationKind {
    /// Every type.
    pub const ALL: &[OrganizationKind] = &[
        Self::Manufacturer,
        Self::Distributor,
        Self::Hospital,
        Self::ProcurementOffice,
        Self::ReviewBody,
        Self::InsuranceAgency,
        Self::Regulator,
        Self::AuditBody,
        Self::Operator,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Manufacturer => "MANUFACTURER",
            Self::Distributor => "DISTRIBUTOR",
            Self::Hospital => "HOSPITAL",
            Self::ProcurementOffice => "PROCUREMENT_OFFICE",
            Self::ReviewBody => "REVIEW_BODY",
            Self::InsuranceAgency => "INSURANCE_AGENCY",
            Self::Regulator => "REGULATOR",
            Self::AuditBody => "AUDIT_BODY",
            Self::Operator => "OPERATOR",
        }
    }

    /// The type with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// The role of its first user, and of invited users unless another is named.
    pub const fn first_role(self) -> Role {
        match self {
            Self::Manufacturer => Role::Manufacturer,
            Self::Distributor => Role::Distributor,
            Self::Hospital => Role::Hospital,
            Self::ProcurementOffice => Role::ProcurementOffice,
            Self::ReviewBody => Role::Reviewer,
            Self::InsuranceAgency => Role::InsuranceAgency,
            Self::Regulator => Role::Regulator,
            Self::AuditBody => Role::Auditor,
            Self::Operator => Role::Admin,
        }
    }

    /// Whether its users may have the role.
    pub fn may_have(self, role: Role) -> bool {
        role == self.first_role() || (self == Self::ProcurementOffice && role == Role::KeyCustodian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_belongs_to_exactly_one_type() {
        for role in Role::ALL {
            let kinds = OrganizationKind::ALL.iter().filter(|kind| kind.may_have(*role)).count();
            assert_eq!(kinds, 1, "{role:?}");
            assert_eq!(Role::from_label(role.label()), Some(*role));
        }
    }

    #[test]
    fn labels_of_types_are_read_back() {
        for kind in OrganizationKind::ALL {
            assert_eq!(OrganizationKind::from_label(kind.label()), Some(*kind));
        }
        assert_eq!(OrganizationKind::from_label("KEY_CUSTODIAN"), None);
    }
}
