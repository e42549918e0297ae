//! How many values a request may hold until its answer is written, counted before they are made: lists without a page are as long as they
//! are, and each alias copies them. Fields and entries are counted here, the entries of lists that are loaded also before they are resolved.

use super::request_context::RequestContext;
use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{ServerResult, Value};
use std::future::pending;
use std::sync::Arc;

/// Counts each value of an answer and the bytes of its texts, and ends a request that would hold too many.
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
        if info.is_for_introspection {
            return next.run(context, info).await;
        }
        // Nothing of a request that has failed goes on, and whoever runs it finds that out.
        if !request_context.count_values(1) {
            return pending().await;
        }
        let resolved = next.run(context, info).await;
        match &resolved {
            Ok(Some(Value::String(text))) if !request_context.count_text(text.len()) => pending().await,
            _ => resolved,
        }
    }
}
