//! The house's own tables of tenancy. Nothing outside `base` sees a row of them.

/// One portal.
pub mod tenant {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenant")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub slug: String,
        pub name: String,
        pub short_name: String,
        pub level: String,
        pub division_code: String,
        pub site_code: Option<String>,
        pub parent_id: Option<Uuid>,
        pub owner_unit: String,
        pub state: String,
        pub state_reason: String,
        pub state_until: Option<i64>,
        pub state_since: i64,
        pub suspended_at: Option<i64>,
        pub successor: String,
        pub theme: String,
        pub skin: String,
        pub furniture: String,
        pub blueprint: String,
        pub digest: String,
        pub created_at: i64,
        pub changed_at: i64,
        pub rehearsal: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// One host name of a portal; position 0 is the main one.
pub mod host {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenant_host")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub host: String,
        pub tenant_id: Uuid,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
