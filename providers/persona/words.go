package persona

import (
	"strings"

	"github.com/bonafide-id/bonafide/providers"
)

// The states of an inquiry. The vendor's prose also writes them with hyphens or spaces; see word.
const (
	created     = "created"
	pending     = "pending"
	completed   = "completed"
	failed      = "failed"
	expired     = "expired"
	needsReview = "needs_review"
	approved    = "approved"
	declined    = "declined"
)

// statuses say what a state of an inquiry means for the check. What is not here is pending, and counted.
var statuses = map[string]string{
	created: "awaiting_subject", expired: "awaiting_subject", pending: "pending", "started": "pending",
	completed: "completed", failed: "completed", needsReview: "in_review", approved: "completed", declined: "completed",
}

// attempts say what a state of a verification means: passed, failed, retry (the subject must do it again), wait (an answer will
// come), none (nothing was looked at) or error.
var attempts = map[string]string{
	"passed": "passed", "failed": "failed", "requires_retry": "retry",
	"initiated": "wait", "submitted": "wait", "confirmed": "wait", "tentatively_passed": "wait", "tentatively_failed": "wait",
	"skipped": "none", "canceled": "error",
}

// kinds are the types of verification, and the components that they speak of: the first is what one is about when no check
// of it says more.
var kinds = map[string][]string{
	"government-id": {"document"}, "government-id-nfc": {"document"}, "driver-license": {"document"}, "jp-my-number-nfc-scan": {"document"},
	"mdoc": {"document"}, "verifiable-credential": {"document"}, "selfie": {"selfie", "liveness"}, "document": {"supporting_document"},
	"database": {"database"}, "database-standard": {"database"}, "database-aadhaar": {"database"}, "database-ecbsv": {"database"},
	"database-serpro": {"database"}, "database-tin": {"database"}, "database-phone-carrier": {"phone"}, "aamva": {"database"},
	"certificate-korea": {"database"}, "email-address": {"email"}, "phone-number": {"phone"},
	"phone-number-silent-network-authentication": {"phone"}, "bank-pennydrop": {"bank_account"}, "credit-card": {"bank_account"},
}

// eID is how the types of verification begin that ask an electronic identity.
const eID = "digital-id-"

// What a check is for.
const (
	aside  = iota // failing it alone says nothing when the vendor does not require it
	retake        // another photograph helps
	fraud         // failing it is odd even when the vendor does not require it
)

// meaning is what a check is about. Without a component it is the first of its verification's type.
type meaning struct {
	component string
	code      string
	kind      int
}

// checks is every check that the vendor's material names. It does not label which need the subject and which are about
// fraud: that is our reading.
var checks = map[string]meaning{
	"id_aamva_database_lookup":                 {"database", "not_found", aside},
	"id_account_comparison":                    {"name", "data_mismatch", fraud},
	"id_age_comparison":                        {"", "underage", aside},
	"id_age_inconsistency_detection":           {"", "document_anomaly", fraud},
	"id_barcode_detection":                     {"", "unreadable", retake},
	"id_barcode_inconsistency_detection":       {"", "document_anomaly", fraud},
	"id_blur_detection":                        {"", "blurred", retake},
	"id_color_inconsistency_detection":         {"", "not_an_original", fraud},
	"id_compromised_detection":                 {"", "document_lost_or_stolen", fraud},
	"id_disallowed_country_detection":          {"", "region_not_served", aside},
	"id_disallowed_type_detection":             {"", "wrong_document", retake},
	"id_double_side_detection":                 {"", "missing_side", retake},
	"id_electronic_replica_detection":          {"", "not_an_original", fraud},
	"id_entity_detection":                      {"", "document_unverified", retake},
	"id_expired_detection":                     {"", "expired_document", aside},
	"id_extracted_properties_detection":        {"", "unreadable", retake},
	"id_extraction_inconsistency_detection":    {"", "document_anomaly", fraud},
	"id_fabrication_detection":                 {"", "forged", fraud},
	"id_glare_detection":                       {"", "glare", retake},
	"id_handwriting_detection":                 {"", "document_anomaly", fraud},
	"id_inconsistent_repeat_detection":         {"", "fraud", fraud},
	"id_inquiry_comparison":                    {"name", "data_mismatch", fraud},
	"id_integrity":                             {"", "forged", fraud},
	"id_mrz_detection":                         {"", "unreadable", retake},
	"id_mrz_inconsistency_detection":           {"", "document_anomaly", fraud},
	"id_nfc_expired_detection":                 {"", "expired_document", aside},
	"id_number_format_inconsistency_detection": {"", "document_anomaly", fraud},
	"id_po_box_detection":                      {"address", "address_unverified", aside},
	"id_portrait_clarity_detection":            {"", "bad_photo", retake},
	"id_portrait_detection":                    {"", "bad_photo", retake},
	"id_public_figure_detection":               {"", "fraud", fraud},
	"id_real_id_detection":                     {"", "wrong_document", aside},
	"id_repeat_detection":                      {"", "duplicate_person", fraud},
	"id_selfie_comparison":                     {"selfie", "selfie_mismatch", fraud},
	"id_tamper_detection":                      {"", "forged", fraud},
	"id_type_detection":                        {"", "wrong_document", retake},
	"id_unprocessable_submission_detection":    {"", "bad_photo", retake},
	"id_valid_dates_detection":                 {"", "document_anomaly", fraud},

	"selfie_id_comparison":               {"selfie", "selfie_mismatch", fraud},
	"selfie_account_comparison":          {"selfie", "selfie_mismatch", fraud},
	"selfie_age_comparison":              {"selfie", "data_mismatch", aside},
	"selfie_age_threshold_comparison":    {"selfie", "underage", aside},
	"selfie_face_covering_detection":     {"selfie", "bad_selfie", retake},
	"selfie_glare_detection":             {"selfie", "bad_selfie", retake},
	"selfie_glasses_detection":           {"selfie", "bad_selfie", retake},
	"selfie_image_quality_detection":     {"selfie", "bad_selfie", retake},
	"selfie_multiple_faces_detection":    {"selfie", "several_faces", retake},
	"selfie_public_figure_detection":     {"selfie", "fraud", fraud},
	"selfie_liveness_detection":          {"liveness", "liveness_failed", fraud},
	"selfie_pose_detection":              {"liveness", "liveness_failed", retake},
	"selfie_pose_repeat_detection":       {"liveness", "liveness_failed", fraud},
	"selfie_suspicious_entity_detection": {"liveness", "liveness_failed", fraud},

	"database_identity_comparison":           {"database", "not_found", aside},
	"database_name_comparison":               {"name", "name_mismatch", aside},
	"database_address_comparison":            {"address", "address_mismatch", aside},
	"database_birthdate_comparison":          {"birth_date", "birth_date_mismatch", aside},
	"database_inquiry_comparison":            {"database", "data_mismatch", aside},
	"database_attribute_comparison":          {"database", "data_mismatch", aside},
	"database_ssn_check":                     {"database", "id_number_mismatch", aside},
	"database_watchlist_check":               {"aml", "possible_list_match", fraud},
	"database_po_box_detection":              {"address", "address_unverified", aside},
	"database_address_deliverable_detection": {"address", "address_unverified", aside},
	"database_address_residential_detection": {"address", "address_unverified", aside},
	"aamva_identification_number_comparison": {"database", "id_number_mismatch", aside},
	"aamva_name_comparison":                  {"name", "name_mismatch", aside},

	"document_type_detection":                 {"", "wrong_document", retake},
	"document_extracted_properties_detection": {"", "unreadable", retake},
	"document_expired_detection":              {"", "outdated_document", aside},
	"document_fabrication_detection":          {"", "forged", fraud},
}

// lists are the reports that screen a person: what a match is.
var lists = map[string]struct{ result, code string }{
	"report/watchlist":                  {"false", "sanctions_hit"},
	"report/politically-exposed-person": {"flagged", "pep_hit"},
	"report/adverse-media":              {"flagged", "adverse_media_hit"},
}

// elsewhere are the reports that say nothing of a list.
var elsewhere = map[string]bool{
	"report/address-lookup": true, "report/phone-number": true, "report/email-address": true, "report/profile": true, "report/synthetic": true,
	"report/sentilink-scores": true, "report/social-media": true, "report/business-watchlist": true, "report/business-adverse-media": true,
	"report/business-lookup": true, "report/business-registrations-lookup": true, "report/business-associated-persons": true,
}

// word is a state as the tables have it.
func word(s string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.TrimSpace(s))
}

// clean lets through what looks like a word of a vocabulary: what does not may be somebody's data.
func clean(s string) string {
	if s == "" || len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-/") != "" {
		return "?"
	}
	return s
}

// says is the reasoning in our words.
func says(result string, codes []string) string {
	s := map[string]string{
		"true": "Persona found it valid.", "false": "Persona found it not valid.", "flagged": "Persona found something unusual.",
		"unknown": "Persona could not tell.",
	}[result]
	for _, code := range codes {
		if text, ok := providers.ReasonText(code); ok && code != "inconclusive" && code != "other" {
			s += " " + text
		}
	}
	return s
}
