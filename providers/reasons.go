package providers

// Reason is one of our codes for why a finding is what it is: the same for all vendors. Codes are stored: add, never edit.
type Reason struct {
	Code string
	Says string // one sentence, safe to show to the subject
}

// Reasons is the whole vocabulary. A vendor's folder maps the vendor's words to these; a word it cannot map is kept as a
// label of the finding and counted in Outcome.Unknown.
var Reasons = []Reason{
	// The photograph.
	{"blurred", "The photograph is blurred or too small to read."},
	{"cropped", "The document is not wholly in the picture."},
	{"glare", "Light or shadow hides part of the document."},
	{"bad_photo", "The photograph cannot be used."},
	{"not_an_original", "The picture shows a copy or a screen, not the document itself."},
	{"unreadable", "The document cannot be read."},

	// The document.
	{"missing_document", "A document is missing."},
	{"missing_side", "One side of the document is missing."},
	{"missing_page", "A page of the document is missing."},
	{"wrong_document", "This kind of document is not accepted here."},
	{"unsupported_language", "The language of the document is not supported."},
	{"expired_document", "The document has expired."},
	{"outdated_document", "The document was issued too long ago."},
	{"document_damaged", "The document is damaged."},
	{"missing_signature", "The signature or stamp is missing."},
	{"document_unverified", "The document could not be verified."},
	{"document_anomaly", "Something about the document is unusual."},
	{"forged", "The document is not genuine."},
	{"document_lost_or_stolen", "The document is reported lost, stolen or cancelled."},

	// The person and what they claim.
	{"name_mismatch", "The name does not match."},
	{"birth_date_mismatch", "The date of birth does not match."},
	{"address_mismatch", "The address does not match."},
	{"id_number_mismatch", "The number does not match."},
	{"country_mismatch", "The country does not match."},
	{"data_mismatch", "What was claimed does not match what was found."},
	{"data_missing", "Some of the information that is needed is missing."},
	{"data_invalid", "Some of the information is not valid."},
	{"not_found", "No record matches what was claimed."},
	{"small_inconsistency", "There are small inconsistencies."},
	{"address_unverified", "The address could not be verified."},
	{"phone_unverified", "The telephone number could not be verified."},
	{"email_unverified", "The e-mail address could not be verified."},
	{"account_unverified", "The bank account could not be verified."},
	{"deceased", "The records say that the person has died."},

	// The face.
	{"bad_selfie", "The selfie cannot be used."},
	{"selfie_mismatch", "The selfie does not show the holder of the document."},
	{"liveness_failed", "It could not be confirmed that a living person was in front of the camera."},
	{"several_faces", "The picture shows more than one face."},
	{"forced", "The person did not seem to act freely."},

	// Lists and rules.
	{"sanctions_hit", "The person or business is on a sanctions list."},
	{"pep_hit", "The person holds or held a prominent public function."},
	{"adverse_media_hit", "There are unfavourable reports in the media."},
	{"criminal_record_hit", "There is an entry in a criminal or wanted list."},
	{"possible_list_match", "There is a possible match on a list that someone must look at."},
	{"blocklisted", "The person or business is blocked."},
	{"underage", "The person is too young."},
	{"region_not_served", "The country or region is not served."},
	{"duplicate_person", "The person is known already under another account."},
	{"fraud", "There are signs of fraud."},
	{"suspicious_device", "The device or connection looks suspicious."},
	{"requirements_not_met", "The rules of the service are not met."},

	// The business.
	{"company_not_found", "The business was not found in a register."},
	{"company_inactive", "The business is not active."},
	{"company_data_mismatch", "What was claimed of the business does not match the register."},
	{"company_document_invalid", "A document of the business cannot be used."},
	{"company_structure_unclear", "The ownership of the business is not clear."},
	{"company_person_failed", "A person of the business was not verified."},
	{"company_activity_not_served", "The activity of the business is not served."},

	// The course of things.
	{"low_confidence", "The confidence is under what a decision needs."},
	{"inconclusive", "The provider could not tell."},
	{"contradiction", "Two providers have read different things."},
	{"not_checked", "This was not checked."},
	{"abandoned", "The person did not complete the steps."},
	{"link_expired", "The link was not used in time."},
	{"too_many_attempts", "There were too many attempts."},
	{"manual_review", "Someone must look at it."},
	{"consent_missing", "The person did not agree."},
	{"revoked", "An earlier confirmation was withdrawn."},
	{"vendor_unavailable", "The provider could not be reached."},
	{"vendor_error", "The provider had a technical problem."},
	{"vendor_word_unknown", "The provider said something that is not understood."},
	{"other", "There is a reason that has no code."},
}

var reasons = func() map[string]string {
	m := make(map[string]string, len(Reasons))
	for _, r := range Reasons {
		if _, twice := m[r.Code]; twice {
			panic("providers: reason " + r.Code + " is listed twice")
		}
		m[r.Code] = r.Says
	}
	return m
}()

// ReasonText returns the sentence of a code, and whether the code is one of ours.
func ReasonText(code string) (string, bool) {
	s, ok := reasons[code]
	return s, ok
}
