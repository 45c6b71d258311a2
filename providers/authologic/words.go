package authologic

import "strings"

const (
	plain = 97 // confidence of what the vendor says without a number
	odd   = 60 // of what it flags
)

// The whole of the vendor's vocabulary. What is not here is unknown, and counted.
var (
	statuses = map[string]string{
		"CREATED": "awaiting_subject", "IN_PROGRESS": "pending", "PARTIAL": "pending", "FINISHED": "completed",
		"CANCELED": "completed", "EXPIRED": "completed", // without a verdict
	}
	products = map[string]bool{"IN_PROGRESS": true, "FINISHED": true, "PARTIAL": true, "FAILED": true}
	results  = map[string]string{"ACCEPTED": "true", "FAILED": "false", "ERROR": "unknown"}

	lists = map[string]string{
		"PEP": "pep_hit", "SANCTIONS": "sanctions_hit", "ADVERSE_MEDIA": "adverse_media_hit", "SIP": "pep_hit", "OTHER": "possible_list_match",
	}
	entries = map[string]bool{"": true, "PERSON": true, "RCA": true} // kinds of an entry on a list
)

// way is what follows from an identity that failed.
type way int

const (
	again     way = iota // a better picture helps
	wrong                // it will fail again: the subject or the document is not good
	unclear              // nothing was found out
	technical            // nobody was there: not the subject's fault
	looked               // a human must look
)

// reason is an error of identity in our words.
type reason struct {
	way  way
	code string
}

// errs are the failure reasons; the list is open.
var errs = map[string]reason{
	"SCAN_DOCUMENT_NOT_DETECTED":      {again, "unreadable"},
	"SCAN_DOCUMENT_SIDE_MISMATCH":     {again, "missing_side"},
	"SCAN_DOCUMENT_TOO_BLURRY":        {again, "blurred"},
	"SCAN_DOCUMENT_NOT_FULLY_VISIBLE": {again, "cropped"},
	"SCAN_DOCUMENT_LOW_QUALITY":       {again, "bad_photo"},
	"SCAN_FACE_TOO_BLURRY":            {again, "bad_selfie"},
	"SCAN_FACE_NOT_DETECTED":          {again, "bad_selfie"},
	"SCAN_FACE_TOO_MANY_PEOPLE":       {again, "several_faces"},
	"SCAN_DOCUMENT_MRZ_NOT_DETECTED":  {again, "unreadable"},
	"SCAN_DOCUMENT_MRZ_READ_FAILED":   {again, "unreadable"},
	"SCAN_GENERIC_ERROR":              {again, "unreadable"},

	"SCAN_DOCUMENT_EXPIRED":            {wrong, "expired_document"},
	"SCAN_DOCUMENT_PROBABLY_FAKE":      {wrong, "forged"},
	"SCAN_DOCUMENT_DATA_MISMATCH":      {wrong, "data_mismatch"},
	"SCAN_DOCUMENT_DATA_INCONSISTENCY": {wrong, "data_mismatch"},
	"SCAN_FACE_MISMATCH":               {wrong, "selfie_mismatch"},
	"SCAN_FACE_PROBABLY_FAKE":          {wrong, "liveness_failed"},
	"FRAUD_SUSPICION":                  {wrong, "fraud"}, // these two are never shown to the user
	"PROVIDER_BLACKLIST":               {wrong, "blocklisted"},
	"INSUFFICIENT_AGE":                 {wrong, "underage"},

	"SCAN_DOCUMENT_NOT_SUPPORTED":      {unclear, "wrong_document"},
	"SCAN_DOCUMENT_DAMAGED":            {unclear, "document_damaged"},
	"SCAN_DOCUMENT_TYPE_MISMATCH":      {unclear, "wrong_document"},
	"SCAN_DOCUMENT_COUNTRY_MISMATCH":   {unclear, "wrong_document"},
	"SCAN_DOCUMENT_WRONG_ADDRESS":      {unclear, "address_unverified"},
	"SCAN_DOCUMENT_UNIQUE_DOCUMENT":    {unclear, "duplicate_person"},
	"SCAN_FACE_UNCERTAIN":              {unclear, "inconclusive"},
	"ELECTRONIC_DOCUMENT_ACCESS_ERROR": {unclear, "unreadable"},
	"ABANDONED":                        {unclear, "abandoned"},
	"ABANDONED_AFTER_PROCESSED":        {unclear, "abandoned"},
	"NO_DATA_SHARED":                   {unclear, "consent_missing"},
	"BANK_NO_ACCOUNTS_SHARED":          {unclear, "consent_missing"},
	"ENQUIRY_FORM_NOT_FILLED":          {unclear, "abandoned"},
	"USER_NOT_AUTHORIZED":              {unclear, "consent_missing"},
	"TOO_MANY_ATTEMPTS":                {unclear, "too_many_attempts"},
	"E_IDENTITY_ACCESS_ERROR":          {unclear, "inconclusive"},
	"INSUFFICIENT_PRIVILEGES":          {unclear, "requirements_not_met"},
	"NO_IDENTITY_FOUND":                {unclear, "not_found"},
	"NO_USER_FOUND":                    {unclear, "not_found"},

	"PROVIDER_SERVER_ERROR": {technical, "vendor_error"},
	"PROVIDER_UNAVAILABLE":  {technical, "vendor_unavailable"},
	"SOURCE_UNAVAILABLE":    {technical, "vendor_unavailable"},

	"MANUAL_OPERATION_REQUIRED": {looked, "manual_review"},
}

// reasonOf returns an error in our words, and whether it is known.
func reasonOf(word string) (reason, bool) {
	if r, ok := errs[word]; ok {
		return r, true
	}
	if field, ok := strings.CutPrefix(word, "SCAN_DOCUMENT_READ_FAILED_"); ok && readable[field] {
		return reason{again, "unreadable"}, true
	}
	return reason{unclear, "vendor_word_unknown"}, false
}

var readable = map[string]bool{
	"ID": true, "NATIONAL_ID": true, "FIRSTNAME": true, "LASTNAME": true, "FULLNAME": true, "ADDRESS": true, "ISSUE_DATE": true, "EXPIRY_DATE": true, "BIRTHDATE": true,
}

// componentOf says which component a field of the vendor's belongs to, and the code for one that does not match; "" for one
// that we have no component for.
func componentOf(field string) (component, mismatch string) {
	switch {
	case strings.HasPrefix(field, "PERSON_NAME_"):
		return "name", "name_mismatch"
	case field == "PERSON_INFO_BIRTHDATE":
		return "birth_date", "birth_date_mismatch"
	case field == "PERSON_ADDRESS":
		return "address", "address_mismatch"
	case field == "PERSON_IDS_NATIONAL_ID":
		return "national_id", "id_number_mismatch"
	case field == "PERSON_IDS_ACCOUNTS":
		return "bank_account", "account_unverified"
	case strings.HasPrefix(field, "PERSON_IDS_") && strings.HasSuffix(field, "_ID"):
		return "document_number", "id_number_mismatch"
	case field == "PERSON_INFO_NATIONALITY":
		return "country", "data_mismatch"
	case field == "PERSON_CONTACT_EMAIL":
		return "email", "email_unverified"
	case field == "PERSON_CONTACT_PHONE":
		return "phone", "phone_unverified"
	case strings.HasPrefix(field, "COMPANY_"):
		return "business", "company_data_mismatch"
	}
	return "", ""
}

// says is the reasoning in our words.
func says(result string) string {
	switch result {
	case "true":
		return "Authologic found it valid."
	case "false":
		return "Authologic found it not valid."
	case "flagged":
		return "Authologic found something odd about it."
	}
	return "Authologic could not tell."
}
