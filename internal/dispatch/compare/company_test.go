package compare

import "testing"

func TestCompaniesAreTheSameWhateverTheirLegalFormIsCalled(t *testing.T) {
	for _, tt := range []struct {
		claimed, read string
		want          Verdict
	}{
		{"Tern Logistics Ltd", "TERN LOGISTICS LIMITED", Same},
		{"Tern Logistics Sp. z o.o.", "TERN LOGISTICS SPÓŁKA Z O.O.", Same},
		{"Tern-Logistics GmbH & Co. KG", "Tern Logistics", Same},
		{"TernLogistics", "Tern Logistics B.V.", Same},
		{"Tern", "Tern Logistics (Holding) plc", Contained},
		{"Tern Logistics", "Tren Logistics", Close},
		{"Tern Logistics", "Gull Fisheries", Different},
		{"Tern Ltd", "Gull Ltd", Different},
		{"Ltd", "Limited", Different},
		{"", "Tern", Unclear},
		{"株式会社", "Tern", Unclear},
	} {
		if got := Companies(tt.claimed, tt.read); got != tt.want {
			t.Errorf("%q and %q: got %d, want %d", tt.claimed, tt.read, got, tt.want)
		}
	}
}

func TestOneNumberThatBothHaveIsEnough(t *testing.T) {
	for _, tt := range []struct {
		claimed, read [2]string
		want          Verdict
	}{
		{[2]string{"0000123456", ""}, [2]string{"00001 23456", "PL1"}, Same},
		{[2]string{"", "PL5252"}, [2]string{"PL5252", ""}, Same}, // handed in as the only number there was
		{[2]string{"", "PL5252"}, [2]string{"0000123456", ""}, Unclear},
		{[2]string{"0000123456", ""}, [2]string{"0000999999", ""}, Different},
		{[2]string{"0000123456", "PL5252"}, [2]string{"0000999999", "PL5252"}, Same},
	} {
		if got := CompanyNumbers(tt.claimed, tt.read); got != tt.want {
			t.Errorf("%q and %q: got %d, want %d", tt.claimed, tt.read, got, tt.want)
		}
	}
}
