DROP TABLE tie_resolutions;
DROP TABLE bid_results;
DROP TABLE bid_lines;
DROP TABLE bid_openings;
DROP TABLE lot_results;
DROP TABLE round_results;
DROP TABLE round_shares;
