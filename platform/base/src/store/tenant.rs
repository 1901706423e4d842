//! [`TenantTx`]: a transaction that proves whose rows it touches.

use std::sync::Mutex;

use sea_orm::sea_query::{Expr, IntoCondition, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DeleteMany, EntityTrait, FromQueryResult,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryTrait, Select, SelectModel, Selector, UpdateMany,
};
use uuid::Uuid;

use super::{Engine, OpenTx, StoreError, TenantOwned};
use crate::follow::{Scope, Touched};
use crate::id::Ids;
use crate::tenancy::TenantId;

/// A transaction over one tenant's rows. Not a connection: a query that does not name a [`TenantOwned`] table does not
/// compile, and every one that does is narrowed to this tenant.
///
/// ```compile_fail
/// # async fn wall(tx: &base::store::TenantTx, other: impl sea_orm::ConnectionTrait) {
/// use base::store::doctest::{house, mine};
/// use sea_orm::EntityTrait;
/// let _ = tx.all(house::Entity::find()).await; // the house's table: no proof, no compile
/// # }
/// ```
/// The passing twin, so that the failure above is the wall and not a typing error:
/// ```
/// # async fn wall(tx: &base::store::TenantTx) {
/// use base::store::doctest::{house, mine};
/// use sea_orm::EntityTrait;
/// let _ = tx.all(mine::Entity::find()).await;
/// # }
/// ```
/// ```compile_fail
/// # async fn wall(tx: &base::store::TenantTx) {
/// use base::store::doctest::{house, mine};
/// use sea_orm::EntityTrait;
/// let _ = mine::Entity::find().all(tx).await; // not a connection
/// # }
/// ```
pub struct TenantTx {
    open: OpenTx,
    tenant: TenantId,
    touched: Mutex<Vec<Touched>>,
}

/// What a row of mine names of somebody else's: it opens exactly those rows of `T`, and only for the tenant that holds it.
pub trait Opens<T: EntityTrait> {
    /// Whose row named it; no other tenant's transaction opens anything with it.
    fn holder(&self) -> TenantId;
    /// The condition that finds what this row names and nothing more.
    fn opens(&self) -> Condition;
}

/// A row that a transaction read as its own tenant's. Nothing else makes one, so it proves whose row it is.
#[derive(Clone, Debug)]
pub struct Held<M> {
    row: M,
    holder: TenantId,
}

impl<M> Held<M> {
    /// Whose row it is.
    pub fn holder(&self) -> TenantId {
        self.holder
    }

    /// The row.
    pub fn row(&self) -> &M {
        &self.row
    }

    /// The row without the proof.
    pub fn into_row(self) -> M {
        self.row
    }
}

impl TenantTx {
    pub(crate) async fn open(open: OpenTx, tenant: TenantId, reach: &'static str) -> Result<Self, StoreError> {
        open.claim(tenant, reach).await?;
        Ok(Self { open, tenant, touched: Mutex::new(Vec::new()) })
    }

    /// Goes on as another tenant; only provisioning does.
    pub(super) async fn enter(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        self.open.claim(tenant, "provision").await?;
        self.tenant = tenant;
        Ok(())
    }

    /// Whose rows these are.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Which engine holds them.
    pub fn engine(&self) -> Engine {
        self.open.store.engine
    }

    /// The source of identifiers.
    pub fn ids(&self) -> Ids {
        self.open.store.ids
    }

    /// The directory of portals, for acts that ask who stands above whom.
    pub fn sites(&self) -> &crate::tenancy::Sites {
        &self.open.store.sites
    }

    pub(crate) fn raw(&self) -> &OpenTx {
        &self.open
    }

    fn mine<E: TenantOwned>(&self) -> Condition {
        E::TENANT.eq(self.tenant).into_condition()
    }

    /// All rows of mine that `select` finds.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn all<E: TenantOwned>(&self, select: Select<E>) -> Result<Vec<E::Model>, StoreError> {
        Ok(select.filter(self.mine::<E>()).all(&self.open.tx).await?)
    }

    /// One row of mine.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn one<E: TenantOwned>(&self, select: Select<E>) -> Result<Option<E::Model>, StoreError> {
        Ok(select.filter(self.mine::<E>()).one(&self.open.tx).await?)
    }

    /// All rows of mine that `select` finds, each with the proof that it is mine.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn hold<E: TenantOwned>(&self, select: Select<E>) -> Result<Vec<Held<E::Model>>, StoreError> {
        let rows = self.all(select).await?;
        Ok(rows.into_iter().map(|row| Held { row, holder: self.tenant }).collect())
    }

    /// Some fields of rows of mine: lists need no bodies.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn pick<E: TenantOwned, M: FromQueryResult>(&self, select: Select<E>) -> Result<Vec<M>, StoreError> {
        let chosen: Selector<SelectModel<M>> = select.filter(self.mine::<E>()).into_model::<M>();
        Ok(chosen.all(&self.open.tx).await?)
    }

    /// How many rows of mine `select` finds.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn count<E>(&self, select: Select<E>) -> Result<u64, StoreError>
    where
        E: TenantOwned,
        E::Model: Sync,
    {
        Ok(select.filter(self.mine::<E>()).count(&self.open.tx).await?)
    }

    /// What a row of mine opens through its key, though it belongs to its origin.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn through<T: EntityTrait>(&self, row: &impl Opens<T>) -> Result<Option<T::Model>, StoreError> {
        if row.holder() != self.tenant {
            return Ok(None);
        }
        Ok(T::find().filter(row.opens()).one(&self.open.tx).await?)
    }

    /// Some fields of the rows that rows of mine open through their keys: lists need no bodies. Keys of others open nothing.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn pick_through<T: EntityTrait, M: FromQueryResult, K: Opens<T>>(
        &self,
        select: Select<T>,
        keys: &[&K],
    ) -> Result<Vec<M>, StoreError> {
        let mine: Vec<Condition> =
            keys.iter().filter(|key| key.holder() == self.tenant).map(|key| key.opens()).collect();
        if mine.is_empty() {
            return Ok(Vec::new());
        }
        let any = mine.into_iter().fold(Condition::any(), Condition::add);
        let chosen: Selector<SelectModel<M>> = select.filter(any).into_model::<M>();
        Ok(chosen.all(&self.open.tx).await?)
    }

    /// All rows that a row of mine opens through its key.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn through_all<T: EntityTrait>(&self, row: &impl Opens<T>) -> Result<Vec<T::Model>, StoreError> {
        if row.holder() != self.tenant {
            return Ok(Vec::new());
        }
        Ok(T::find().filter(row.opens()).all(&self.open.tx).await?)
    }

    /// Writes a row of mine; whatever tenant the row named, it becomes mine.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses it.
    pub async fn insert<E, A>(&self, row: A) -> Result<(), StoreError>
    where
        E: TenantOwned,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let mut row = row;
        row.set(E::TENANT, self.tenant.into());
        E::insert(row).exec_without_returning(&self.open.tx).await?;
        Ok(())
    }

    /// Writes a row of mine unless a uniqueness rule keeps its place taken; answers whether it was written. The transaction
    /// goes on either way, so that the row that is there can be read.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn insert_if_free<E, A>(&self, row: A) -> Result<bool, StoreError>
    where
        E: TenantOwned,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let mut row = row;
        row.set(E::TENANT, self.tenant.into());
        let insert = E::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
        match insert.exec_without_returning(&self.open.tx).await {
            Ok(written) => Ok(written > 0),
            Err(sea_orm::DbErr::RecordNotInserted) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes many rows of mine in as few statements as the engine's parameter limit allows.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses one: then none is written.
    pub async fn insert_many<E, A>(&self, rows: Vec<A>) -> Result<(), StoreError>
    where
        E: TenantOwned,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let mut rows = rows;
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(400));
            let mine = rows.into_iter().map(|mut row| {
                row.set(E::TENANT, self.tenant.into());
                row
            });
            E::insert_many(mine.collect::<Vec<_>>()).exec_without_returning(&self.open.tx).await?;
            rows = rest;
        }
        Ok(())
    }

    /// Writes one row of mine for every row of mine that `select` finds, by one statement; answers how many. `select` chooses
    /// the values of `columns` in their order.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses one: then none is written.
    pub async fn insert_found<E: TenantOwned, S: TenantOwned>(
        &self,
        columns: &[E::Column],
        select: Select<S>,
    ) -> Result<u64, StoreError> {
        let mut found = select.filter(self.mine::<S>()).into_query();
        found.expr(Expr::value(self.tenant));
        let mut insert = Query::insert();
        insert.into_table(E::default()).columns(columns.iter().copied().chain([E::TENANT]));
        insert.select_from(found).map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
        Ok(self.open.tx.execute(&insert).await?.rows_affected())
    }

    /// Changes rows of mine; answers how many.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses the change.
    pub async fn change<E: TenantOwned>(&self, update: UpdateMany<E>) -> Result<u64, StoreError> {
        Ok(update.filter(self.mine::<E>()).exec(&self.open.tx).await?.rows_affected)
    }

    /// Changes exactly one row of mine.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the guard no longer holds.
    pub async fn change_one<E: TenantOwned>(&self, update: UpdateMany<E>) -> Result<(), StoreError> {
        match self.change(update).await? {
            1 => Ok(()),
            _ => Err(StoreError::Stale),
        }
    }

    /// Removes rows of mine; answers how many.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remove<E: TenantOwned>(&self, delete: DeleteMany<E>) -> Result<u64, StoreError> {
        Ok(delete.filter(self.mine::<E>()).exec(&self.open.tx).await?.rows_affected)
    }

    /// Says that pages of this tenant change with this commit.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn touch_pages(&self, now: crate::Timestamp) -> Result<(), StoreError> {
        self.touch(Scope::Pages, now).await
    }

    pub(crate) async fn touch(&self, scope: Scope, now: crate::Timestamp) -> Result<(), StoreError> {
        let tenant: Uuid = self.tenant.uuid();
        let sql = "INSERT INTO change (tenant_id, scope, at) VALUES ($1, $2, $3) RETURNING seq";
        let values = vec![tenant.into(), scope.as_str().into(), now.micros().into()];
        let row = self.open.tx.query_one_raw(self.open.statement(sql, values)).await?;
        let seq = row.map(|row| row.try_get("", "seq")).transpose()?.unwrap_or(0);
        if let Ok(mut touched) = self.touched.lock() {
            touched.push(Touched { seq, tenant, scope });
        }
        Ok(())
    }

    pub(super) fn touched_pages(&self, seq: i64, tenant: Uuid) {
        if let Ok(mut touched) = self.touched.lock() {
            touched.push(Touched { seq, tenant, scope: Scope::Pages });
        }
    }

    /// Makes everything in this transaction true at once, and then the pages that it made old, old.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database refuses: then nothing happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        let touched = self.touched.into_inner().unwrap_or_default();
        let store = std::sync::Arc::clone(&self.open.store);
        if store.engine == Engine::Postgres && !touched.is_empty() {
            self.open.tx.execute_unprepared("NOTIFY dibao_change").await?;
        }
        self.open.tx.commit().await?;
        store.committed(&touched);
        Ok(())
    }
}

/// Two small tables for the doctests above.
#[doc(hidden)]
pub mod doctest {
    /// A table of a tenant.
    #[allow(missing_docs)]
    pub mod mine {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "mine")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub tenant_id: Uuid,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
        impl crate::store::TenantOwned for Entity {
            const TENANT: Column = Column::TenantId;
        }
    }
    /// A table of the house.
    #[allow(missing_docs)]
    pub mod house {
        use sea_orm::entity::prelude::*;
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "house")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
        }
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
        impl ActiveModelBehavior for ActiveModel {}
    }
}
