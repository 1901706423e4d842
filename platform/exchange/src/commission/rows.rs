pub mod commission {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::commission::CommissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "commission")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CommissionId,
        pub state: String,
        pub topic: String,
        pub requirements: String,
        pub files: String,
        pub mandatory: i32,
        pub wanted: i32,
        pub use_site: i32,
        pub use_brief: i32,
        pub audience: String,
        pub audience_count: i64,
        pub due_days: Option<i32>,
        pub due_at: Option<i64>,
        pub provisional: i32,
        pub rule_version: String,
        pub return_hours: i32,
        pub created_at: i64,
        pub created_by: String,
        pub opened_at: Option<i64>,
        pub opened_by: String,
        pub ended_at: Option<i64>,
        pub ended_by: String,
        pub reason: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod call {
    use base::TenantId;
    use base::store::{Held, Opens};
    use sea_orm::Condition;
    use sea_orm::entity::prelude::*;

    use super::commission;
    use crate::commission::CommissionId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "commission_call")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub commission_id: CommissionId,
        pub issuer_id: TenantId,
        pub standing: String,
        pub called_at: i64,
        pub due_at: i64,
        pub accepted_at: Option<i64>,
        pub accepted_by: String,
        pub answered: i32,
        pub settled_at: Option<i64>,
        pub missed_at: Option<i64>,
        pub reason: String,
        pub plea: String,
        pub stage: i32,
        pub recorded: String,
        pub told: i32,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::IssuerId;
        const TO: Column = Column::TenantId;
    }

    /// The commission that a call of mine names; nothing else makes one.
    pub struct Key {
        holder: TenantId,
        issuer: TenantId,
        commission: CommissionId,
    }

    impl Key {
        pub fn of(row: &Held<Model>) -> Self {
            Self { holder: row.holder(), issuer: row.row().issuer_id, commission: row.row().commission_id }
        }
    }

    impl Opens<commission::Entity> for Key {
        fn holder(&self) -> TenantId {
            self.holder
        }

        fn opens(&self) -> Condition {
            Condition::all()
                .add(commission::Column::TenantId.eq(self.issuer))
                .add(commission::Column::Id.eq(self.commission))
        }
    }
}
