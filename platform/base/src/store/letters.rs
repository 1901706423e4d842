//! Letters: rows between two tenants, read by both ends, written by one.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, FromQueryResult, IntoActiveModel, QueryFilter, Select, SelectModel, Selector,
    UpdateMany,
};

use super::{Between, StoreError, TenantTx};
use crate::tenancy::TenantId;

impl TenantTx {
    /// Letters that I received.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn received<E: Between>(&self, select: Select<E>) -> Result<Vec<E::Model>, StoreError> {
        Ok(select.filter(E::TO.eq(self.tenant())).all(&self.raw().tx).await?)
    }

    /// Letters that I sent.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sent<E: Between>(&self, select: Select<E>) -> Result<Vec<E::Model>, StoreError> {
        Ok(select.filter(E::FROM.eq(self.tenant())).all(&self.raw().tx).await?)
    }

    /// Some fields of letters that I sent.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn pick_sent<E: Between, M: FromQueryResult>(&self, select: Select<E>) -> Result<Vec<M>, StoreError> {
        let chosen: Selector<SelectModel<M>> = select.filter(E::FROM.eq(self.tenant())).into_model::<M>();
        Ok(chosen.all(&self.raw().tx).await?)
    }

    /// Posts a letter of mine; whatever its two ends said, it is from me and to `to`. Who may write to whom is the act's to
    /// know; PostgreSQL's policies hold it once more.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses it.
    pub async fn post<E, A>(&self, letter: A, to: TenantId) -> Result<(), StoreError>
    where
        E: Between,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let mut letter = letter;
        letter.set(E::FROM, self.tenant().into());
        letter.set(E::TO, to.into());
        E::insert(letter).exec_without_returning(&self.raw().tx).await?;
        Ok(())
    }

    /// Posts letters of mine to several receivers in one statement; one whose key is taken was told before and is left as it
    /// is. Otherwise as [`TenantTx::post`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn post_each<E, A>(&self, letters: Vec<(A, TenantId)>) -> Result<(), StoreError>
    where
        E: Between,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let mut letters = letters;
        while !letters.is_empty() {
            let rest = letters.split_off(letters.len().min(200));
            let mine = letters.into_iter().map(|(mut letter, to)| {
                letter.set(E::FROM, self.tenant().into());
                letter.set(E::TO, to.into());
                letter
            });
            let insert =
                E::insert_many(mine.collect::<Vec<_>>()).on_conflict(OnConflict::new().do_nothing().to_owned());
            match insert.exec_without_returning(&self.raw().tx).await {
                Ok(_) | Err(sea_orm::DbErr::RecordNotInserted) => {}
                Err(error) => return Err(error.into()),
            }
            letters = rest;
        }
        Ok(())
    }

    /// Posts many letters of mine, each to its own receiver, in as few statements as the engine's parameter limit allows;
    /// otherwise as [`TenantTx::post`].
    ///
    /// # Errors
    /// [`StoreError::Taken`] when a uniqueness rule refuses one: then none is posted.
    pub async fn post_many<E, A>(&self, letters: Vec<(A, TenantId)>) -> Result<(), StoreError>
    where
        E: Between,
        A: ActiveModelTrait<Entity = E> + Send,
        E::Model: IntoActiveModel<A>,
    {
        let mut letters = letters;
        while !letters.is_empty() {
            let rest = letters.split_off(letters.len().min(400));
            let mine = letters.into_iter().map(|(mut letter, to)| {
                letter.set(E::FROM, self.tenant().into());
                letter.set(E::TO, to.into());
                letter
            });
            E::insert_many(mine.collect::<Vec<_>>()).exec_without_returning(&self.raw().tx).await?;
            letters = rest;
        }
        Ok(())
    }

    /// Changes exactly one letter that I sent.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the guard no longer holds.
    pub async fn change_sent<E: Between>(&self, update: UpdateMany<E>) -> Result<(), StoreError> {
        match update.filter(E::FROM.eq(self.tenant())).exec(&self.raw().tx).await?.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Stale),
        }
    }
}
