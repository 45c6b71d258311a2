package sumsub

import "testing"

func TestBodiesArePrintedAsTheVendorPrintsThem(t *testing.T) {
	v := struct {
		Type   string         `json:"type"`
		Count  int            `json:"count"`
		Result map[string]any `json:"reviewResult"`
		None   *int           `json:"none"`
		Empty  []string       `json:"empty"`
	}{"a\"b", 2, map[string]any{"labels": []string{"A", "B"}, "of": []map[string]string{{"id": "1"}}}, nil, []string{}}
	want := "{\n" +
		"  \"type\" : \"a\\\"b\",\n" +
		"  \"count\" : 2,\n" +
		"  \"reviewResult\" : {\n" +
		"    \"labels\" : [ \"A\", \"B\" ],\n" +
		"    \"of\" : [ {\n" +
		"      \"id\" : \"1\"\n" +
		"    } ]\n" +
		"  },\n" +
		"  \"none\" : null,\n" +
		"  \"empty\" : [ ]\n" +
		"}"
	got, err := pretty(v)
	if err != nil || string(got) != want {
		t.Errorf("pretty: got %s (%v)\nwant %s", got, err, want)
	}
}
