# Thin targets; what they need beyond Rust is installed by the script they call.
.PHONY: run replay test lint web schema promise bench fuzz

# The pages, built again only when something they are made of changed.
PAGES := web/dist/graphiql.html
# `npm ci` would refuse a registry that lacks the optional packages of other platforms; the lock file holds either way.
PACKAGES := web/node_modules/.package-lock.json
SOURCES := $(wildcard web/*.html web/*.json web/*.ts) $(shell find web/src -type f)

run: $(PAGES)
	sh .ci/postgres
	cargo run --release --locked --quiet --bin jicai -- serve --demo

replay:
	sh .ci/postgres
	cargo run --release --locked --quiet --bin jicai -- demo --replay

test: $(PAGES)
	sh .ci/postgres
	sh .ci/redis
	sh .ci/chromium
	sh .ci/numpy
	sh .ci/hledger
	sh .ci/s3
	cargo test --workspace --locked
	cd web && npm test --silent

lint: $(PACKAGES)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	sh .ci/arrows
	sh .ci/licences
	cargo run --locked --quiet --bin jicai -- schema | diff graphql/schema.graphql -
	sh .ci/postgres
	cargo test --workspace --locked --quiet --test platform migrations::
	cd web && npm run --silent lint

web: $(PAGES)

$(PAGES): $(PACKAGES) $(SOURCES)
	cd web && npm run --silent build

$(PACKAGES): web/package-lock.json web/.npmrc
	sh .ci/node
	cd web && npm install --no-save --ignore-scripts
	touch $@

schema:
	cargo run --quiet --bin jicai -- schema > graphql/schema.graphql

# What clients may rely on from now on. `make lint` refuses a schema that breaks it.
promise:
	cp graphql/schema.graphql graphql/schema.promised.graphql

bench:
	sh .ci/numpy
	cargo bench --locked --bench award --bench index --bench platform

fuzz:
	sh .ci/fuzz 60
