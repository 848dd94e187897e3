//! The GraphQL schema: thin resolvers over the use cases.
