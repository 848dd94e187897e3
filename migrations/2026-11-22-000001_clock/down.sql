DROP FUNCTION app_clock();
DROP TABLE clock_shift;
