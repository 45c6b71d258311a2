package sumsub

import (
	"net/http"
	"strconv"
	"time"
)

// refusal is an answer that is not a success. Its zero code means the vendor
// gives the error no number of its own.
type refusal struct {
	status      int
	code        int
	name        string
	description string
	retryAfter  int // seconds; 0 sends no Retry-After header
}

// The vendor's numbered errors.
var (
	duplicateDocument = refusal{409, 1000, "duplicate-document", "This file has already been uploaded for this applicant", 0}
	tooManyDocuments  = refusal{400, 1001, "too-many-documents", "Document count limit reached", 0}
	fileTooBig        = refusal{400, 1002, "file-too-big", "File is bigger than 64 MB", 0}
	emptyFile         = refusal{400, 1003, "empty-file", "File is empty", 0}
	corruptedFile     = refusal{400, 1004, "corrupted-file", "Error analyzing file, unsupported format or corrupted file", 0}
	unsupportedFile   = refusal{400, 1005, "unsupported-file-format", "File format is not supported", 0}
	beingChecked      = refusal{409, 1006, "no-upload-verification-in-progress", "Applicant is being checked, no changes are accepted", 0}
	markedAsDeleted   = refusal{409, 1008, "applicant-marked-as-deleted", "Applicant is deactivated or deleted", 0}
	finalReject       = refusal{409, 1009, "applicant-with-final-reject", "Applicant is rejected finally, no changes are accepted", 0}
	typeNotRequired   = refusal{409, 1010, "doc-type-not-in-req-docs", "Document type is not part of the level", 0}
	encryptedFile     = refusal{400, 1011, "encrypted-file", "File is protected by a password", 0}
	alreadyInState    = refusal{409, 3000, "applicant-already-in-the-state", "Applicant is already in this state", 0}

	tokenFormat    = refusal{401, 4000, "app-token-invalid-format", "Invalid format of the app token", 0}
	tokenNotFound  = refusal{401, 4001, "app-token-not-found", "App token not found", 0}
	tokenPrivate   = refusal{401, 4002, "app-token-private-part-mismatch", "Private part of the app token mismatch", 0}
	tokenSignature = refusal{401, 4003, "app-token-signature mismatch", "Request signature mismatch", 0}
	tokenExpired   = refusal{401, 4004, "app-token-request-expired", "Request expired", 0}
	tokenValue     = refusal{401, 4005, "app-token-invalid-value", "Invalid value of an auth header", 0}
	tokenMissing   = refusal{401, 4006, "app-token-not-all-auth-params-provided", "Not all auth headers are provided", 0}
	tokenParams    = refusal{401, 4007, "app-token-invalid-params", "Auth header given more than once", 0}

	alreadyBlacklisted = refusal{409, 5000, "applicant-already-blacklisted", "Applicant is already blacklisted", 0}
)

// plain returns a refusal without a number.
func plain(status int, description string) *refusal {
	return &refusal{status: status, description: description}
}

// bad returns a refusal of a request that can never succeed.
func bad(description string) *refusal { return plain(http.StatusBadRequest, description) }

// statusOnly returns the refusal whose description is the HTTP status itself.
func statusOnly(status int) *refusal {
	return plain(status, "HTTP "+strconv.Itoa(status)+" "+http.StatusText(status))
}

// tryAgain returns the refusal that passes by itself after wait.
func tryAgain(wait time.Duration) *refusal {
	return &refusal{
		status: http.StatusConflict, description: "Applicant state is being changed, please try again later",
		retryAfter: max(1, int((wait+time.Second-1)/time.Second)),
	}
}

// errorBody is what a refusal looks like on the wire.
type errorBody struct {
	Description   string `json:"description"`
	Code          int    `json:"code"`
	CorrelationID string `json:"correlationId"`
	ErrorCode     int    `json:"errorCode,omitzero"`
	ErrorName     string `json:"errorName,omitzero"`
}

func (r *refusal) body(correlationID string) errorBody {
	return errorBody{r.description, r.status, correlationID, r.code, r.name}
}
