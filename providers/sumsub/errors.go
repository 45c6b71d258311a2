package sumsub

import (
	"strconv"
	"strings"
	"time"
)

// The vendor's error numbers that tell refusals of one status apart.
const (
	codeDuplicate   = 1000 // these bytes are on the applicant already
	codeTooBig      = 1002
	codeEmpty       = 1003
	codeCorrupted   = 1004
	codeFormat      = 1005
	codeBusy        = 1006 // the applicant is being checked
	codeSize        = 1007
	codeFinal       = 1009 // finally rejected
	codeNotRequired = 1010 // the level does not ask for this type
	codeEncrypted   = 1011
	codeSameState   = 3000 // the applicant is in that state already
)

// problem is the body of a refusal. Its text is not read: it may hold anything.
type problem struct {
	ErrorCode int `json:"errorCode"`
}

// errorOf returns what a refusal says; the zero problem where it says nothing that is known.
func errorOf(body []byte) problem {
	var p problem
	if !decode(body, &p) {
		return problem{}
	}
	return p
}

// retryAfter reads a number of seconds, which the vendor sends when it is too early to say.
func retryAfter(header string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(header), 10, 16)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}
