package bive

import "testing"

func TestPHPFormIsWhatPHPEncodes(t *testing.T) {
	for body, want := range map[string]string{
		`{ "b" : 1, "a" : [ ] }`:               `{"b":1,"a":[]}`,
		`{"a":{}, "u":"https://x/y"}`:          `{"a":[],"u":"https:\/\/x\/y"}`,
		`{}`:                                   `[]`,
		`{"0":"x","1":"y"}`:                    `["x","y"]`,
		`{"1":"x"}`:                            `{"1":"x"}`,
		`"\u00e9\uD83D\uDE9A<>&'"`:             `"\u00e9\ud83d\ude9a<>&'"`,
		`"\"\\\b\f\n\r\t\u0001"`:               `"\"\\\b\f\n\r\t\u0001"`,
		`[1, -2, 98.5, 99.0, 1e2, true, null]`: `[1,-2,98.5,99,100,true,null]`,
		`"é"`:                                  `"\u00e9"`,
		`{"a":[{"b":{}}],"ą":{"c":[[],{"d":1}]}}`: `{"a":[{"b":[]}],"\u0105":{"c":[[],{"d":1}]}}`,
		`not JSON`: `null`,
		`{"a":`:    `null`,
	} {
		if got := string(phpForm([]byte(body))); got != want {
			t.Errorf("phpForm(%s) = %s, want %s", body, got, want)
		}
	}
}
