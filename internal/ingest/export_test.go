package ingest

// SealedIn is sealedIn for tests.
var SealedIn = sealedIn
