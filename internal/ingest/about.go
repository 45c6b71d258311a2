package ingest

// about is what the description of the API says of a route, besides what follows from its path and scope.
type about struct {
	name, summary string
	bodies        map[string]string // media type to schema; "" is any
	optional      bool              // the body may be absent
	query         []param
	headers       []param
	answers       map[int]reply
	problems      []int // besides 401 and 403 where a key is needed, 429, and 500
}

type param struct{ name, says string }

type reply struct {
	says     string
	schema   string // of application/json; "" is no body
	location bool
	events   bool // or an event stream
}

const (
	jsonMedia      = "application/json"
	multipartMedia = "multipart/form-data"
)

var (
	idempotency = param{"Idempotency-Key", "The same key with the same body within a day is one request; with another body it is refused with 422."}
	include     = param{"include", "subject: the person or business as claimed; needs scope subjects:read, and is recorded."}
	format      = param{"format", "verified_claims: what vendors found about the person, as OpenID Identity Assurance 1.0 writes it, once the decision is true; needs scope subjects:read, and is recorded."}
	asOf        = param{"asOf", "RFC 3339 time: the verification as it was then, computed from its inputs; 404 when it was not there yet."}
	after       = param{"after", "Cursor: what comes after it."}
	limit       = param{"limit", "Most items of a page: 1 to 1000, 100 if absent."}
	lastEvent   = param{"Last-Event-ID", "Cursor of the last event that was seen; the stream goes on behind it."}
)

func accepts(says string) map[int]reply {
	return map[int]reply{202: {says: says, schema: "receipt.v1.json", location: true}}
}

var (
	aboutCreate = about{name: "createVerification", summary: "Ask for a verification. It is acknowledged after it is stored.",
		bodies: map[string]string{jsonMedia: "verification.requested.v1.json"}, headers: []param{idempotency},
		answers: accepts("Stored."), problems: []int{400, 408, 409, 413, 415, 422, 503}}
	aboutGet = about{name: "getVerification", summary: "One verification as it stands.", query: []param{include, format, asOf},
		answers: map[int]reply{200: {says: "The verification; or with format what is verified of the person.", schema: "view.v1.json verified_claims.v1.json"}}, problems: []int{400, 404, 409, 410, 501, 503}}
	aboutList = about{name: "listVerifications", summary: "The tenant's verifications, newest or oldest request first. A page may hold fewer than limit; there is more as long as next is there.",
		query: []param{{"status", "One of initiated, awaiting_subject, running, in_review (what waits for a reviewer), completed, failed, cancelled, erased."},
			{"result", "Of the last decision: true, false or unknown."}, {"flow", "Name of the flow."}, {"reference", "As it was given with the request."},
			{"order", "newest (if absent) or oldest: which come first. With status=in_review, oldest is what has been in review longest."},
			{"after", "Cursor: what comes after it in that order."}, limit},
		answers: map[int]reply{200: {says: "A page; next is where to go on.", schema: "list.v1.json"}}, problems: []int{400, 501, 503}}
	aboutTimeline = about{name: "getTimeline", summary: "What happened to a verification, oldest first; as an event stream it goes on.", headers: []param{lastEvent},
		answers: map[int]reply{200: {says: "The timeline.", schema: "timeline.v1.json", events: true}}, problems: []int{400, 404, 501, 503}}
	aboutDocuments = about{name: "addDocuments", summary: "Hand in documents: at first, or again when they were asked for. One of an associated person names it.", headers: []param{idempotency},
		bodies:  map[string]string{jsonMedia: "documents.v1.json", multipartMedia: "documents.v1.json#/$defs/document"},
		answers: accepts("Stored."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutSubmit = about{name: "submitVerification", summary: "All documents are in: start.", bodies: map[string]string{jsonMedia: "empty.v1.json"}, optional: true,
		answers: accepts("Stored."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutCancel = about{name: "cancelVerification", summary: "Stop a verification.", bodies: map[string]string{jsonMedia: "cancel.v1.json"}, optional: true,
		answers: accepts("Stored."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutRecheck = about{name: "recheckVerification", summary: "Run the checks again as a new attempt.", bodies: map[string]string{jsonMedia: "empty.v1.json"}, optional: true,
		headers: []param{idempotency}, answers: accepts("Stored."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutLink = about{name: "createLink", summary: "A page of a vendor for this subject, on hold too; the same one as long as it lasts. A new one is waited for up to ten seconds, then 503 says when to ask again.",
		bodies: map[string]string{jsonMedia: "link_request.v1.json"}, optional: true, headers: []param{idempotency},
		answers: map[int]reply{201: {says: "The page.", schema: "link.v1.json"}}, problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutReview = about{name: "reviewVerification", summary: "A reviewer's word about one component, or about the whole. While another reviewer has claimed it, it is refused with 409.", bodies: map[string]string{jsonMedia: "review.v1.json"},
		headers: []param{idempotency}, answers: accepts("Stored."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutReviews = about{name: "listReviews", summary: "What reviewers said, oldest first. With scope subjects:read their reasons, too, which is recorded.",
		answers: map[int]reply{200: {says: "Every word.", schema: "reviews.v1.json"}}, problems: []int{404, 501, 503}}
	aboutClaim = about{name: "claimVerification", summary: "Have a verification to yourself for half an hour, as a reviewer; claiming again begins the half hour anew. Another reviewer's claim is a 409 that names their key.",
		bodies: map[string]string{jsonMedia: "empty.v1.json"}, optional: true, headers: []param{idempotency},
		answers: map[int]reply{201: {says: "It is claimed.", schema: "claim.v1.json"}}, problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutUnclaim = about{name: "unclaimVerification", summary: "Give a claimed verification back.", bodies: map[string]string{jsonMedia: "empty.v1.json"}, optional: true,
		headers: []param{idempotency}, answers: accepts("Nobody has claimed it."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutCorrect = about{name: "correctSubject", summary: "Correct what was claimed of the subject: the members that were wrong. What was claimed is kept; checks that have asked for it are tried again, and whatever is asked of vendors from now on is asked with it.",
		bodies: map[string]string{jsonMedia: "correction.v1.json"}, headers: []param{idempotency}, answers: accepts("Stored."), problems: []int{400, 404, 408, 409, 413, 415, 422, 503}}
	aboutErase = about{name: "eraseSubject", summary: "Erase the person: the keys are destroyed, the history stays.",
		answers: accepts("The keys are destroyed."), problems: []int{404, 501, 503}}
	aboutFollow = about{name: "followTimeline", summary: "Whatever happens to the tenant's verifications from now on, as an event stream.",
		answers: map[int]reply{200: {says: "Server-sent events; data is an item of a timeline.", events: true}}, problems: []int{406, 503}}
	aboutDecisions = about{name: "listDecisions", summary: "Decisions in stream order: a page, or an event stream whose ids are cursors.", query: []param{after, limit}, headers: []param{lastEvent},
		answers: map[int]reply{200: {says: "A page; next is where to go on.", schema: "decisions.v1.json", events: true}}, problems: []int{400, 503}}
	aboutEvents = about{name: "sendEvents", summary: "Requests as CloudEvents 1.0: binary (ce- headers), structured, or a batch of at most 100. The same source and id is the same verification.",
		bodies: map[string]string{jsonMedia: "verification.requested.v1.json", mediaEvent: "", mediaBatch: ""},
		answers: map[int]reply{202: {says: "Stored: of one event a receipt, of a batch what became of each.", schema: "receipt.v1.json batch.v1.json"},
			207: {says: "Not every event of the batch is accepted.", schema: "batch.v1.json"}}, problems: []int{400, 408, 409, 413, 415, 422, 503}}
	aboutWebhook = about{name: "receiveWebhook", summary: "A vendor's webhook: authenticated on the raw bytes, stored, then acknowledged.",
		bodies: map[string]string{"*/*": ""}, answers: map[int]reply{200: {says: "Stored, or none of our business."}}, problems: []int{400, 401, 404, 408, 413, 503}}
	aboutWebhookOf = about{name: "receiveWebhookOf", summary: "A vendor's webhook about one verification.",
		bodies: map[string]string{"*/*": ""}, answers: map[int]reply{200: {says: "Stored, or none of our business."}}, problems: []int{400, 401, 404, 408, 413, 503}}
	aboutKeys    = about{name: "listKeys", summary: "The public keys that decisions are signed with, those that signed before included: a JSON Web Key Set.", answers: map[int]reply{200: {says: "The keys.", schema: "object"}}}
	aboutKeySet  = about{name: "getKeySet", summary: "The same where RFC 8615 has such things.", answers: map[int]reply{200: {says: "The keys.", schema: "object"}}}
	aboutOpenAPI = about{name: "describe", summary: "This description.", answers: map[int]reply{200: {says: "OpenAPI 3.1.", schema: "object"}}}
	aboutSchema  = about{name: "getSchema", summary: "A published JSON Schema.", answers: map[int]reply{200: {says: "JSON Schema 2020-12.", schema: "object"}}, problems: []int{404}}
)
