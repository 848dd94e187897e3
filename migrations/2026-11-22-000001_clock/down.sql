DROP FUNCTION app_clock();
DROP TABLE clock_shift;
REVOKE SELECT ON __diesel_schema_migrations FROM jicai_app;
