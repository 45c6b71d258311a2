package sumsub_test

import (
	"bytes"
	"strings"
	"testing"
)

const passport = `{"idDocType":"PASSPORT","country":"POL"}`

func TestPartsComeInAnyOrderAndTheImageIDInAHeader(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	first := a.upload(id, form{metadata: `{"idDocType":"PASSPORT","country":"POL","number":"X1"}`, name: "p.png", content: photo(1)})
	second := a.upload(id, form{metadata: `{"idDocType":"PASSPORT","country":"POL","issuedDate":"2020-01-01"}`, name: "p.png", content: photo(2), contentFirst: true})
	if second.status != 200 || second.header.Get("X-Image-Id") == "" || first.header.Get("X-Image-Id") == second.header.Get("X-Image-Id") {
		t.Errorf("image ids: got %q and %q (%v)", first.header.Get("X-Image-Id"), second.header.Get("X-Image-Id"), second)
	}
	if want := `{"idDocType":"PASSPORT","country":"POL","issuedDate":"2020-01-01","number":"X1"}`; string(second.raw) != want {
		t.Errorf("merged metadata: got %s, want %s", second.raw, want)
	}
	none := a.upload(id, form{metadata: passport})
	if none.status != 200 || none.header.Get("X-Image-Id") != "" {
		t.Errorf("metadata alone: got %v with image id %q, want 200 without one", none, none.header.Get("X-Image-Id"))
	}
}

func TestFilesAreRefused(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	tiff := []byte("II*\x00 and more")
	for _, tc := range []struct {
		why, name string
		content   []byte
		status    int
		code      int
	}{
		{"too big", "p.png", append(photo(1), make([]byte, 64<<20)...), 400, 1002},
		{"far too big", "p.png", make([]byte, 66<<20), 400, 1002},
		{"empty", "p.png", []byte{}, 400, 1003},
		{"a PNG called jpg", "p.jpg", photo(1), 400, 1004},
		{"text called pdf", "p.pdf", []byte("hello"), 400, 1004},
		{"TIFF", "p.tiff", tiff, 400, 1005},
		{"no extension and no type", "p", photo(1), 400, 1005},
		{"protected PDF", "p.pdf", []byte("%PDF-1.7\ntrailer << /Encrypt 5 0 R >>"), 400, 1011},
	} {
		r := a.upload(id, form{metadata: passport, name: tc.name, content: tc.content})
		checkRefusal(t, r, tc.status, tc.code, tc.why)
	}
	for name, head := range map[string]string{
		"a.JPEG": "\xff\xd8\xff\xe0", "a.pdf": "%PDF-1.4", "a.mp4": "\x00\x00\x00\x18ftypmp42", "a.mov": "\x00\x00\x00\x14ftypqt  ",
		"a.webm": "\x1a\x45\xdf\xa3",
	} {
		if r := a.upload(id, form{metadata: passport, name: name, content: []byte(head + name)}); r.status != 200 {
			t.Errorf("%s: got %v, want 200", name, r)
		}
	}
}

func TestMetadataIsRefused(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	for _, metadata := range []string{
		`{"country":"POL"}`, `{"idDocType":"PASSPORT"}`, `{"idDocType":"PASSPORT","country":"PL"}`, `{"idDocType":"LIBRARY_CARD","country":"POL"}`,
		`{"idDocType":"ID_CARD","idDocSubType":"FRONT","country":"POL"}`, `{"idDocType":"PASSPORT","country":"POL","validUntil":"01/02/2030"}`, `no`,
	} {
		a.refusedUpload(id, form{metadata: metadata, name: "p.png", content: photo(1)}, 400, 0)
	}
	a.refusedUpload(id, form{metadata: `{"idDocType":"UTILITY_BILL","country":"POL"}`, name: "p.png", content: photo(1)}, 409, 1010)
	a.refusedUpload("65ab00000000000000000001", form{metadata: passport, name: "p.png", content: photo(1)}, 404, 0)
	checkRefusal(t, a.call("POST", "/resources/applicants/"+id+"/info/idDoc", passport), 415, 0, "JSON instead of multipart")
}

func TestTheSameBytesAreRefusedUntilAReset(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	a.add(id, "PASSPORT", "", 1)
	a.refusedUpload(id, form{metadata: `{"idDocType":"SELFIE","country":"POL"}`, name: "other.png", content: photo(1)}, 409, 1000)
	other := a.create("u-2", "")
	a.add(other, "PASSPORT", "", 1)
	a.want("POST", "/resources/applicants/"+id+"/reset", "")
	a.add(id, "PASSPORT", "", 1)
}

func TestTwoSidedDocumentsNeedBothSides(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	pending := "/resources/applicants/" + id + "/status/pending"
	incomplete := func(steps string) {
		t.Helper()
		r := a.refused(409, 0, "POST", pending, "")
		want := "Not all required documents or data are submitted. Make sure to complete [" + steps + "] verification steps beforehand."
		if r.at("description") != want {
			t.Errorf("description: got %q, want %q", r.at("description"), want)
		}
	}
	incomplete("IDENTITY, SELFIE")
	a.add(id, "SELFIE", "", 1)
	a.add(id, "ID_CARD", "FRONT_SIDE", 2)
	incomplete("IDENTITY")
	a.add(id, "ID_CARD", "BACK_SIDE", 3)
	if r := a.want("POST", pending, ""); string(r.raw) != `{"ok":1}` {
		t.Errorf("pending: got %s", r.raw)
	}
}

func TestAWarnedErrorDisablesBothSides(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	a.add(id, "SELFIE", "", 1)
	a.add(id, "ID_CARD", "FRONT_SIDE", 2)
	expired := `{"idDocType":"ID_CARD","idDocSubType":"BACK_SIDE","country":"POL","validUntil":"2025-12-31"}`
	r := a.upload(id, form{metadata: expired, name: "p.png", content: photo(3), header: map[string]string{"X-Return-Doc-Warnings": "true"}})
	if !strings.Contains(string(r.raw), `"errors":["expiredDoc"]`) {
		t.Errorf("expired document: got %v", r)
	}
	a.refused(409, 0, "POST", "/resources/applicants/"+id+"/status/pending", "")
	images := a.want("GET", "/resources/applicants/"+id+"/metadata/resources", "")
	if n := strings.Count(string(images.raw), `"deactivated":true`); n != 2 {
		t.Errorf("deactivated images: got %d, want 2 in %s", n, images.raw)
	}
}

func TestImagesAreListedReadAndDeleted(t *testing.T) {
	a := open(t)
	id := a.create("u-1", "")
	img := a.add(id, "PASSPORT", "", 1)
	images := a.want("GET", "/resources/applicants/"+id+"/metadata/resources", "")
	for _, want := range []string{`"id":"` + img + `"`, `"totalItems":1`, `"resolution":{"width":40,"height":30}`, `"idDocSubType":null`, `"fileType":"png"`} {
		if !strings.Contains(string(images.raw), want) {
			t.Errorf("metadata/resources: got %s, want %s in it", images.raw, want)
		}
	}
	target := "/resources/inspections/" + a.one(id).at("inspectionId").(string) + "/resources/" + img
	if r := a.want("GET", target, ""); !bytes.Equal(r.raw, photo(1)) || r.header.Get("Content-Type") != "image/png" {
		t.Errorf("image: got %d bytes of %s", len(r.raw), r.header.Get("Content-Type"))
	}
	a.add(id, "SELFIE", "", 2)
	a.want("DELETE", target, "")
	a.refused(409, 0, "POST", "/resources/applicants/"+id+"/status/pending", "")
	a.want("DELETE", target+"?revert=true", "")
	a.want("DELETE", target+"99", "")
	a.ask(id)
	if r := a.call("DELETE", target, ""); r.status != 304 {
		t.Errorf("delete while pending: got %v, want 304", r)
	}
}

func TestNothingIsTakenWhileTheCheckRuns(t *testing.T) {
	a := open(t)
	id := a.submit("ana@example.test")
	next := form{metadata: passport, name: "p.png", content: photo(9)}
	for _, status := range []string{"pending", "queued", "prechecked"} {
		a.stands(id, status)
		a.refusedUpload(id, next, 409, 1006)
		a.refused(409, 1006, "POST", "/resources/applicants/"+id+"/status/pending", "")
		a.refused(409, 1006, "POST", "/resources/applicants/"+id+"/reset", "")
		a.clock.Advance(2100e6)
	}
	a.clock.Advance(check)
	if r := a.upload(id, next); r.status != 200 {
		t.Errorf("upload after completion: got %v, want 200", r)
	}
	a.ask(id)
}
