package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bonafide-id/bonafide/providers/internal/strictjson"
)

type inner struct {
	Word string `json:"word"`
}

type embedded struct {
	Flat string `json:"flat"`
}

type outer struct {
	embedded
	Result string           `json:"result"`
	List   []inner          `json:"list"`
	Map    map[string]inner `json:"map"`
	Ptr    *inner           `json:"ptr"`
	Raw    jsontext.Value   `json:"raw"`
	Self   []*outer         `json:"self"`
}

func TestUnmarshal(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     error
	}{
		{"good", `{"result":"true","unknown":{"Word":1,"word":2},"list":[{"word":"a"}]}`, nil},
		{"twice", `{"result":"false","result":"true"}`, strictjson.ErrSyntax},
		{"another case", `{"Result":"true"}`, strictjson.ErrCase},
		{"both cases", `{"result":"false","RESULT":"true"}`, strictjson.ErrCase},
		{"a letter that folds", `{"re\u017Fult":"true"}`, strictjson.ErrCase},
		{"in a list", `{"list":[{"word":"a"},{"Word":"b"}]}`, strictjson.ErrCase},
		{"in a map", `{"map":{"x":{"WORD":"b"}}}`, strictjson.ErrCase},
		{"behind a pointer", `{"ptr":{"Word":"b"}}`, strictjson.ErrCase},
		{"in itself", `{"self":[{"self":[{"list":[{"Word":"b"}]}]}]}`, strictjson.ErrCase},
		{"embedded", `{"FLAT":"b"}`, strictjson.ErrCase},
		{"in raw, which nobody looks into", `{"raw":{"Word":"b"}}`, nil},
		{"twice in raw", `{"raw":{"w":1,"w":2}}`, strictjson.ErrSyntax},
		{"escaped twice", `{"result":"false","\u0072esult":"true"}`, strictjson.ErrSyntax},
		{"wrong type", `{"result":1}`, strictjson.ErrType},
		{"trailing", `{"result":"true"} {}`, strictjson.ErrSyntax},
		{"half", `{"result":"tr`, strictjson.ErrSyntax},
		{"nothing", ``, strictjson.ErrSyntax},
		{"bad UTF-8", "{\"result\":\"\xff\"}", strictjson.ErrSyntax},
		{"comment", `{/**/}`, strictjson.ErrSyntax},
		{"deep", strings.Repeat(`{"x":`, 65) + "1" + strings.Repeat("}", 65), strictjson.ErrDepth},
		{"as deep as may be", strings.Repeat(`{"x":`, 64) + "1" + strings.Repeat("}", 64), nil},
		{"deep and open", strings.Repeat("[", 1_000_000), strictjson.ErrDepth},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v outer
			if err := strictjson.Unmarshal([]byte(tt.in), &v); !errors.Is(err, tt.want) {
				t.Errorf("%.60s: got %v, want %v", tt.in, err, tt.want)
			}
		})
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"result":"false","Result":"true","list":[{"word":"a"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v outer
		err := strictjson.Unmarshal(data, &v)
		if err != nil && err != strictjson.ErrSyntax && err != strictjson.ErrDepth && err != strictjson.ErrCase && err != strictjson.ErrType {
			t.Errorf("%q: got %v, want one of ours", data, err)
		}
	})
}
