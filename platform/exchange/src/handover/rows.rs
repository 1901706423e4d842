pub mod handover {
    use base::TenantId;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "handover")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: TenantId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub standing: String,
        pub note: String,
        pub counts: String,
        pub text_hash: String,
        pub drafted_at: i64,
        pub drafted_by: String,
        pub signed_out_at: Option<i64>,
        pub signed_out_by: String,
        pub signed_out_id: Option<Uuid>,
        pub taken_over_at: Option<i64>,
        pub taken_over_by: String,
        pub remind_at: Option<i64>,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
    impl base::store::TenantOwned for Entity {
        const TENANT: Column = Column::TenantId;
    }
}
