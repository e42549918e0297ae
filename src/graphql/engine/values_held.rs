//! How many values a request may hold until its answer is written, counted while they are made: lists without a page are as long as they
//! are, and each alias copies them.

use super::request_context::RequestContext;
use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{ServerResult, Value};
use std::future::pending;
use std::sync::Arc;

/// Counts each value of an answer, and ends a request that would hold too many.
pub struct ValuesHeld;

impl ExtensionFactory for ValuesHeld {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for ValuesHeld {
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let request_context = context.data_unchecked::<Arc<RequestContext>>();
        if !info.is_for_introspection && request_context.count_value().is_err() {
            // The request has failed: nothing of it goes on, and whoever runs it finds that out.
            return pending().await;
        }
        next.run(context, info).await
    }
}
