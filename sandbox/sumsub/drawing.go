package sumsub

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// drawing returns a small PNG that differs for every n.
func drawing(n int64) []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 1))
	for bit := range 64 {
		if n>>bit&1 == 1 {
			img.SetGray(bit, 0, color.Gray{Y: 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a buffer does not fail
	}
	return out.Bytes()
}
