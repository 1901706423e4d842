pub mod member {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::joint::ViaId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "joint_member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ViaId,
        pub owner_id: TenantId,
        pub column_key: String,
        pub column_name: String,
        pub mode: String,
        pub standing: String,
        pub note: String,
        pub invited_at: i64,
        pub invited_by: String,
        pub decided_at: Option<i64>,
        pub decided_by: String,
        pub reason: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::OwnerId;
        const TO: Column = Column::TenantId;
    }
}

pub mod open {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "joint_open")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub column_key: String,
        pub opened_at: i64,
        pub opened_by: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod subscription {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::joint::ViaId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "joint_subscription")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ViaId,
        pub subscriber_id: TenantId,
        pub column_key: String,
        pub column_name: String,
        pub target_key: String,
        pub mode: String,
        pub filter: String,
        pub forward_mirrors: i32,
        pub since: i64,
        pub standing: String,
        pub asked_at: i64,
        pub asked_by: String,
        pub paused_at: Option<i64>,
        pub decided_at: Option<i64>,
        pub decided_by: String,
        pub reason: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::SubscriberId;
        const TO: Column = Column::TenantId;
    }
}

pub mod below {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    use crate::joint::ViaId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "joint_below")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ViaId,
        pub root_id: TenantId,
        pub code: String,
        pub kind: String,
        pub target_key: String,
        pub mode: String,
        pub filter: String,
        pub forward_mirrors: i32,
        pub since: i64,
        pub standing: String,
        pub declared_at: i64,
        pub declared_by: String,
        pub ended_at: Option<i64>,
        pub ended_by: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}

pub mod item {
    use base::TenantId;
    use content::{DocumentId, EditionId};
    use sea_orm::entity::prelude::*;

    use crate::joint::ViaId;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "joint_item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub via_id: ViaId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: DocumentId,
        pub channel: String,
        pub sender_id: TenantId,
        pub origin_id: TenantId,
        pub edition_id: EditionId,
        pub target_key: String,
        pub title: String,
        pub source: String,
        pub note: String,
        pub standing: String,
        pub arrived_at: i64,
        pub arrived_by: String,
        pub decided_at: Option<i64>,
        pub decided_by: String,
        pub reason: String,
        pub address: String,
        pub column_kind: String,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
    impl base::store::Between for Entity {
        const FROM: Column = Column::SenderId;
        const TO: Column = Column::TenantId;
    }
}
