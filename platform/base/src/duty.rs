//! Duties: a named permission, and [`Staff`], a person proven to hold it here and now.
//!
//! Acts ask for `&Staff<Duty>`; its constructor is private, so an unchecked call does not compile.

use std::marker::PhantomData;

use uuid::Uuid;

use crate::tenancy::{Sites, TenantId};

/// The roles of the first rooms. A grant ties one to a tenant, or to a tenant and all below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 中央值班
    CentralDuty,
    /// 省平台运维: a superior's operator
    Operator,
    /// 站点管理员
    TenantAdmin,
    /// 编辑、信息员
    Editor,
    /// 审核人
    Reviewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::CentralDuty, Self::Operator, Self::TenantAdmin, Self::Editor, Self::Reviewer];

    /// Whether it is a role over others, not one at a portal's own desk.
    pub const fn is_superior(self) -> bool {
        matches!(self, Self::CentralDuty | Self::Operator)
    }

    /// The word used in tables and manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CentralDuty => "central_duty",
            Self::Operator => "operator",
            Self::TenantAdmin => "tenant_admin",
            Self::Editor => "editor",
            Self::Reviewer => "reviewer",
        }
    }

    /// Reads the word of [`Role::as_str`]; `central` and `admin` are accepted as the command line's short names.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "central" => Some(Self::CentralDuty),
            "admin" => Some(Self::TenantAdmin),
            _ => Self::ALL.into_iter().find(|role| role.as_str() == word),
        }
    }
}

/// A named permission. Domains declare theirs; the roles that hold it stand beside it.
pub trait Duty: Send + Sync + 'static {
    /// Stable name, shown in refusals and in the list of routes.
    const NAME: &'static str;
    /// The roles that hold it.
    const ROLES: &'static [Role];
    /// Whether a superior's officer (central duty, operator) holds it at the tenants below as well. What a portal says is its
    /// own people's: a superior orders and watches, it does not write in another's name.
    const BELOW: bool = true;
}

/// One role held at a tenant, or at a tenant and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where.
    #[serde(skip)]
    pub tenant: TenantId,
    /// Also everywhere below.
    pub subtree: bool,
}

/// Who is asking: a signed-in person or a bearer token, with what it was granted.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account, or the token's id.
    pub id: Uuid,
    /// How evidence names it: a login, or `token:LABEL`.
    pub actor: String,
    /// How screens name it.
    pub name: String,
    /// What it was granted.
    pub grants: Vec<Grant>,
}

/// A refusal that helps: which duty is missing, where, and who can lift it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the duty {duty} is not held here")]
pub struct Refusal {
    /// The missing duty.
    pub duty: &'static str,
    /// The roles that hold it.
    pub roles: &'static [Role],
}

impl Principal {
    /// Proves that this principal holds the duty `D` at `tenant`.
    ///
    /// # Errors
    /// [`Refusal`] when no grant covers it.
    pub fn staff<D: Duty>(&self, sites: &Sites, tenant: TenantId) -> Result<Staff<D>, Refusal> {
        if self.holds::<D>(sites, tenant) {
            return Ok(Staff { id: self.id, actor: self.actor.clone(), tenant, duty: PhantomData });
        }
        Err(Refusal { duty: D::NAME, roles: D::ROLES })
    }

    /// Whether a grant covers the duty `D` at `tenant`.
    pub fn holds<D: Duty>(&self, sites: &Sites, tenant: TenantId) -> bool {
        self.has_role(sites, tenant, D::ROLES, D::BELOW)
    }

    /// Whether this principal has anything to do with `tenant`: others learn not even that it exists here.
    pub fn knows(&self, sites: &Sites, tenant: TenantId) -> bool {
        self.has_role(sites, tenant, &Role::ALL, true)
    }

    fn has_role(&self, sites: &Sites, tenant: TenantId, roles: &[Role], below: bool) -> bool {
        let reaches = |grant: &Grant| grant.subtree && (below || !grant.role.is_superior());
        self.grants
            .iter()
            .filter(|grant| roles.contains(&grant.role))
            .any(|grant| grant.tenant == tenant || (reaches(grant) && sites.is_within(tenant, grant.tenant)))
    }
}

/// A person proven to hold the duty `D` at a tenant, here and now.
#[derive(Debug)]
pub struct Staff<D: Duty> {
    id: Uuid,
    actor: String,
    tenant: TenantId,
    duty: PhantomData<D>,
}

impl<D: Duty> Staff<D> {
    /// The tenant where the duty is held.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// How evidence names the person.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The account or token.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The platform itself, doing what a rule or a signed order left to it. Only jobs make one.
    pub(crate) fn platform(tenant: TenantId) -> Self {
        Self { id: Uuid::nil(), actor: PLATFORM.to_owned(), tenant, duty: PhantomData }
    }
}

/// How evidence names the platform acting by itself.
pub const PLATFORM: &str = "platform";
