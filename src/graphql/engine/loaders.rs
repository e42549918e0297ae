//! How the loaders of rows, lists and items are declared; each noun has its own.

/// Single rows by key.
macro_rules! rows {
    ($($(#[doc = $doc:literal])+ $name:ident => $row:ty, $method:ident;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl $crate::graphql::engine::request_context::Load for $name {
            type Key = $crate::domain::Id<$row>;
            type Value = Option<$crate::policy::Released<$row>>;

            fn load(
                session: &mut $crate::store::ReadSession,
                keys: &[Self::Key],
            ) -> $crate::store::Result<std::collections::HashMap<Self::Key, Self::Value>> {
                Ok(session.$method(keys)?.into_iter().map(|(key, row)| (key, Some(row))).collect())
            }

            fn missing() -> Self::Value {
                None
            }
        }
    )+};
}

/// Lists by key.
macro_rules! lists {
    ($($(#[doc = $doc:literal])+ $name:ident of $noun:ty => $row:ty, $method:ident;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl $crate::graphql::engine::request_context::Load for $name {
            type Key = $crate::domain::Id<$noun>;
            type Value = Vec<$row>;

            fn load(
                session: &mut $crate::store::ReadSession,
                keys: &[Self::Key],
            ) -> $crate::store::Result<std::collections::HashMap<Self::Key, Self::Value>> {
                session.$method(keys)
            }

            fn missing() -> Self::Value {
                Vec::new()
            }
        }
    )+};
}

/// An individual's items, by its access.
macro_rules! items {
    ($($(#[doc = $doc:literal])+ $name:ident => $row:ty, $method:ident;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl $crate::graphql::engine::request_context::Load for $name {
            type Key = $crate::policy::ItemAccess;
            type Value = Vec<$row>;

            fn load(
                session: &mut $crate::store::ReadSession,
                keys: &[Self::Key],
            ) -> $crate::store::Result<std::collections::HashMap<Self::Key, Self::Value>> {
                let mut items = session.$method(keys)?;
                Ok(keys.iter().filter_map(|access| Some((*access, items.remove(&access.id())?))).collect())
            }

            fn missing() -> Self::Value {
                Vec::new()
            }
        }
    )+};
}

pub(in crate::graphql) use {items, lists, rows};
