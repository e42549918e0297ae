DROP TABLE incidents;
DROP TABLE solutions;
DROP TABLE consents;
DROP TABLE specific_needs;
DROP TABLE individuals;
DROP TABLE cases;
