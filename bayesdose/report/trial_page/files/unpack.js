// The data of the page: checked, then unpacked as packing.py packed them.
async function unpack(text) {
  if (sha256(text) !== DIGEST) {
    throw new Error("The data of this page are not those that it was made with: it was changed after it was " +
      "made, or is damaged. It decides nothing. Make it anew, or ask who sent it.");
  }
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old for this page: it cannot unpack the data. Take one of 2023 or later.");
  }
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const content = new Uint8Array(await new Response(stream).arrayBuffer());
  const start = 4 + new DataView(content.buffer).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(content.subarray(4, start)));
  let place = start;
  for (const one of data.arrays) {
    const { rows, columns, bytes } = one;
    const array = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[bytes](rows * columns);
    for (let column = 0; column < columns; column++) {
      for (let byte = 0; byte < bytes; byte++) {
        for (let row = 0; row < rows; row++) {
          array[row * columns + column] |= content[place++] << (8 * byte);
        }
      }
      // Differences from row to row; sums wrap around as unsigned numbers of this width do.
      for (let row = 1; row < rows; row++) array[row * columns + column] += array[(row - 1) * columns + column];
    }
    data[one.name] = array;
  }
  return data;
}
