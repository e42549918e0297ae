//! How many values a request may hold until its answer is written, counted before they are made: lists without a page are as long as they
//! are, and each alias copies them. Fields are counted here, and the entries of lists when they leave the request context.

use super::request_context::RequestContext;
use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{QueryPathSegment, ServerResult, Value};
use std::future::pending;
use std::sync::Arc;

/// Counts each field of an answer, and ends a request that would hold too many values.
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
        let is_field = matches!(info.path_node.segment, QueryPathSegment::Name(_)) && !info.is_for_introspection;
        if request_context.has_failed() || (is_field && request_context.count_values(1).is_err()) {
            // Nothing of a request that has failed goes on, and whoever runs it finds that out.
            return pending().await;
        }
        next.run(context, info).await
    }
}
