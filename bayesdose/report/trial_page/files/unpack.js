// The data of the page: checked, then unpacked as packing.py packed them.
async function unpack(text) {
  if (sha256(text) !== DIGEST) {
    throw new Error("The data of this page are not those that it was made with: it was changed after it was " +
      "made, or is damaged. It decides nothing. Make it anew, or ask who sent it.");
  }
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old for this page: it cannot unpack the data. Take one of 2023 or later.");
  }
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const content = new Uint8Array(await new Response(stream).arrayBuffer());
  const start = 4 + new DataView(content.buffer).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(content.subarray(4, start)));
  let place = start;
  for (const one of data.arrays) {
    const { rows, columns, bytes } = one;
    const array = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[bytes](rows * columns);
    for (let column = 0; column < columns; column++) {
      // Differences from row to row; sums wrap around as unsigned numbers of this width do.
      let sum = 0;
      for (let row = 0, at = column; row < rows; row++, at += columns) {
        let step = 0;
        for (let byte = 0; byte < bytes; byte++) step |= content[place + byte * rows + row] << (8 * byte);
        sum = (sum + step) | 0;
        array[at] = sum;
      }
      place += rows * bytes;
    }
    data[one.name] = array;
  }
  return data;
}
