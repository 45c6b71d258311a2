package persona

import "github.com/bonafide-id/bonafide/sandbox"

const required, notRequired = "required", "not_required"

func passes(names ...string) (out []check) {
	for _, name := range names {
		out = append(out, check{name: name, status: "passed", requirement: required})
	}
	return out
}

// checksOf says what was looked at in a verification that ends with a status, and
// why. A blurred document needs another photograph; a forged one does not; an odd
// one passes with something that was not required to be right.
func checksOf(kind, status string, o sandbox.Outcome) []check {
	switch kind {
	case governmentID:
		out := passes("id_entity_detection", "id_type_detection", "id_expired_detection", "id_disallowed_type_detection", "id_portrait_detection",
			"id_extracted_properties_detection", "id_inquiry_comparison", "id_mrz_detection")
		out = append(out, check{name: "id_barcode_detection", status: "not_applicable", requirement: required, reasons: []string{"barcode_not_decoded"}},
			check{name: "id_age_comparison", status: "not_applicable", requirement: notRequired, reasons: []string{"not_enabled"}})
		switch {
		case status == "requires_retry":
			return append(out, check{name: "id_blur_detection", status: "failed", requirement: required, reasons: []string{"low_confidence_entity_match"}})
		case status == "failed":
			return append(out, check{name: "id_fabrication_detection", status: "failed", requirement: required},
				check{name: "id_tamper_detection", status: "failed", requirement: notRequired})
		case status == "canceled":
			return nil
		case o == sandbox.Flag:
			return append(append(out, passes("id_tamper_detection")...),
				check{name: "id_electronic_replica_detection", status: "failed", requirement: notRequired, reasons: []string{"replica_detected"}})
		}
		return append(out, passes("id_tamper_detection", "id_fabrication_detection", "id_blur_detection", "id_selfie_comparison")...)
	case selfie:
		out := passes("selfie_pose_detection", "selfie_multiple_faces_detection", "selfie_pose_repeat_detection", "selfie_suspicious_entity_detection",
			"selfie_id_comparison", "selfie_liveness_detection")
		out = append(out, check{name: "selfie_account_comparison", status: "not_applicable", requirement: notRequired, reasons: []string{"no_account_selfie_present"}})
		if status == "failed" {
			out[5].status, out[5].reasons = "failed", []string{"low_liveness_confidence"}
		}
		return out
	case database:
		out := passes("database_identity_comparison", "database_name_comparison", "database_birthdate_comparison", "database_address_comparison")
		if status == "failed" {
			out[0].status, out[0].reasons = "failed", []string{"low_confidence_match"}
		}
		return out
	}
	out := passes("document_type_detection", "document_extracted_properties_detection", "document_fabrication_detection")
	if status == "failed" {
		out[2].status = "failed"
	}
	return out
}
