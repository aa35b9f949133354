/**
 * Reads .glb, .gltf, .obj and .stl into parts: {positions, normals, colors, uvs, indices, matrix, color, picture}.
 * Arrays are of 32-bit floats, three (positions, normals), four (colors) or two (uvs) for each corner.
 */
import { matrixOf, matrixTimes } from "./model3d_matrix.js";

const MODEL_IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const MODEL_GREY = [0.55, 0.55, 0.55, 1];
const MODEL_READS = ["KHR_materials_unlit", "KHR_mesh_quantization", "KHR_texture_transform"];
const GLTF_ARRAYS = { 5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
const GLTF_COUNTS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 };
const GLTF_STRIP = 5, GLTF_FAN = 6, GLTF_TRIANGLES = 4;

/** The parts of a model; `buffer` is the file. Throws an Error that can be shown. */
export function modelParts(buffer) {
  const bytes = new Uint8Array(buffer);
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 4096));
  let parts;
  if (start.startsWith("glTF")) parts = glbParts(buffer);
  else if (start.replace(/^[ï»¿\s]+/, "").startsWith("{")) parts = gltfParts(JSON.parse(new TextDecoder().decode(bytes)), null);
  else if (/^solid[^]*facet normal/.test(start)) parts = [stlText(new TextDecoder().decode(bytes))];
  else if (bytes.length >= 84 && bytes.length === 84 + 50 * new DataView(buffer).getUint32(80, true)) parts = [stlBinary(new DataView(buffer))];
  else parts = [objParts(new TextDecoder().decode(bytes))];
  parts = parts.filter((part) => part.positions.length);
  if (!parts.length) throw new Error("There is nothing to see in this model.");
  for (const part of parts) part.normals ??= smoothNormals(part);
  return parts;
}

function glbParts(buffer) {
  const view = new DataView(buffer);
  const length = view.getUint32(12, true);
  const model = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, length)));
  const place = 20 + length;
  const binary = place + 8 <= buffer.byteLength ? buffer.slice(place + 8, place + 8 + view.getUint32(place, true)) : null;
  return gltfParts(model, binary);
}

function gltfParts(model, binary) {
  const unknown = (model.extensionsRequired ?? []).filter((name) => !MODEL_READS.includes(name));
  if (unknown.length) throw new Error(`This model needs ${unknown.join(", ")}, which cannot be shown here. It can be downloaded.`);
  const file = new GltfFile(model, binary);
  const parts = [];
  const visit = (index, above) => {
    const node = model.nodes[index];
    const matrix = matrixTimes(above, node.matrix ?? matrixOf(node));
    if (node.mesh !== undefined) {
      for (const primitive of model.meshes[node.mesh].primitives) {
        if ((primitive.mode ?? GLTF_TRIANGLES) >= GLTF_TRIANGLES) parts.push(file.part(primitive, matrix));
      }
    }
    for (const child of node.children ?? []) visit(child, matrix);
  };
  const scene = model.scenes?.[model.scene ?? 0];
  const children = new Set((model.nodes ?? []).flatMap((node) => node.children ?? []));
  const roots = scene?.nodes ?? [...(model.nodes ?? []).keys()].filter((index) => !children.has(index));
  for (const root of roots) visit(root, MODEL_IDENTITY);
  return parts;
}

class GltfFile {
  #model;
  #buffers;

  constructor(model, binary) {
    this.#model = model;
    this.#buffers = (model.buffers ?? []).map(({ uri }) => (uri ? bytesOfDataUrl(uri).buffer : binary));
  }

  part(primitive, matrix) {
    const { attributes } = primitive;
    const positions = this.#floats(attributes.POSITION);
    const material = this.#model.materials?.[primitive.material]?.pbrMetallicRoughness ?? {};
    const corners = primitive.indices === undefined ? null : Uint32Array.from(this.#numbers(primitive.indices));
    const indices = asTriangles(corners ?? Uint32Array.from({ length: positions.length / 3 }, (_, n) => n), primitive.mode);
    if (indices.some((index) => index * 3 >= positions.length)) throw new Error("This model is broken: a face has a corner that does not exist.");
    return {
      positions, indices, matrix,
      normals: attributes.NORMAL === undefined ? null : this.#floats(attributes.NORMAL),
      uvs: attributes.TEXCOORD_0 === undefined ? null : this.#floats(attributes.TEXCOORD_0),
      colors: attributes.COLOR_0 === undefined ? null : this.#colors(attributes.COLOR_0),
      color: material.baseColorFactor ?? (this.#model.materials?.[primitive.material] ? [1, 1, 1, 1] : MODEL_GREY),
      picture: this.#picture(material.baseColorTexture),
    };
  }

  /** The numbers of an accessor without gaps. */
  #numbers(index) {
    const accessor = this.#model.accessors[index];
    const count = GLTF_COUNTS[accessor.type];
    const Numbers = GLTF_ARRAYS[accessor.componentType];
    const out = new Numbers(accessor.count * count);
    if (accessor.bufferView === undefined) return out;
    const view = this.#model.bufferViews[accessor.bufferView];
    const size = Numbers.BYTES_PER_ELEMENT * count;
    const stride = view.byteStride ?? size;
    const first = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
    const source = new Uint8Array(this.#buffers[view.buffer]);
    const target = new Uint8Array(out.buffer);
    if (stride === size) target.set(source.subarray(first, first + target.length));
    else for (let n = 0; n < accessor.count; n += 1) target.set(source.subarray(first + n * stride, first + n * stride + size), n * size);
    return out;
  }

  #floats(index) {
    const numbers = this.#numbers(index);
    if (numbers instanceof Float32Array) return numbers;
    const most = this.#model.accessors[index].normalized ? 2 ** (8 * numbers.BYTES_PER_ELEMENT - (numbers instanceof Int8Array || numbers instanceof Int16Array ? 1 : 0)) - 1 : 1;
    return Float32Array.from(numbers, (number) => Math.max(number / most, -most));
  }

  #colors(index) {
    const numbers = this.#floats(index);
    if (this.#model.accessors[index].type === "VEC4") return numbers;
    return Float32Array.from({ length: (numbers.length / 3) * 4 }, (_, n) => (n % 4 === 3 ? 1 : numbers[(n >> 2) * 3 + (n % 4)]));
  }

  /** The bytes of the picture that covers the surface. */
  #picture(texture) {
    const image = this.#model.images?.[this.#model.textures?.[texture?.index]?.source];
    if (!image) return null;
    if (image.uri) return new Blob([bytesOfDataUrl(image.uri)]);
    const view = this.#model.bufferViews[image.bufferView];
    return new Blob([new Uint8Array(this.#buffers[view.buffer], view.byteOffset ?? 0, view.byteLength)], { type: image.mimeType });
  }
}

function bytesOfDataUrl(url) {
  const [head, data] = [url.slice(0, url.indexOf(",")), url.slice(url.indexOf(",") + 1)];
  return head.endsWith(";base64") ? Uint8Array.from(atob(data), (char) => char.charCodeAt(0)) : new TextEncoder().encode(decodeURIComponent(data));
}

/** Strips and fans as single triangles. */
function asTriangles(corners, mode) {
  if (mode !== GLTF_STRIP && mode !== GLTF_FAN) return corners;
  const triangles = [];
  for (let n = 0; n + 2 < corners.length; n += 1) {
    if (mode === GLTF_FAN) triangles.push(corners[0], corners[n + 1], corners[n + 2]);
    else triangles.push(corners[n], corners[n + 1 + (n % 2)], corners[n + 2 - (n % 2)]);
  }
  return Uint32Array.from(triangles);
}

function plainPart(positions, indices, normals = null, colors = null) {
  return { positions, indices, normals, colors, uvs: null, matrix: MODEL_IDENTITY, color: colors ? [1, 1, 1, 1] : MODEL_GREY, picture: null };
}

/** Corners, with colours where lines of `v` have six numbers, and faces of three or more corners. */
function objParts(text) {
  const positions = [], colors = [], indices = [];
  for (const line of text.split("\n")) {
    const [what, ...words] = line.trim().split(/\s+/);
    if (what === "v") {
      const numbers = words.map(Number);
      positions.push(...numbers.slice(0, 3));
      if (numbers.length >= 6) colors.push(...numbers.slice(3, 6), 1);
    }
    if (what !== "f") continue;
    const corners = words.map((word) => Number.parseInt(word, 10)).map((n) => (n < 0 ? positions.length / 3 + n : n - 1));
    for (let n = 2; n < corners.length; n += 1) indices.push(corners[0], corners[n - 1], corners[n]);
  }
  const most = positions.length / 3;
  if (positions.some(Number.isNaN) || indices.some((n) => !(n >= 0 && n < most))) throw new Error("This model is broken: a face has a corner that does not exist.");
  return plainPart(Float32Array.from(positions), Uint32Array.from(indices), null, colors.length === most * 4 && most ? Float32Array.from(colors) : null);
}

function stlBinary(view) {
  const count = view.getUint32(80, true);
  const positions = new Float32Array(count * 9);
  for (let face = 0; face < count; face += 1) {
    for (let n = 0; n < 9; n += 1) positions[face * 9 + n] = view.getFloat32(84 + face * 50 + 12 + n * 4, true);
  }
  return flatPart(positions);
}

function stlText(text) {
  return flatPart(Float32Array.from([...text.matchAll(/vertex\s+(\S+)\s+(\S+)\s+(\S+)/g)].flatMap((match) => match.slice(1).map(Number))));
}

/** Faces that share no corners: each has the normal of its plane. */
function flatPart(positions) {
  return plainPart(positions, Uint32Array.from({ length: positions.length / 3 }, (_, n) => n));
}

/** At each corner the mean of the normals of its faces, weighed by their areas. */
function smoothNormals({ positions, indices }) {
  const normals = new Float32Array(positions.length);
  for (let n = 0; n + 2 < indices.length; n += 3) {
    const [a, b, c] = [indices[n] * 3, indices[n + 1] * 3, indices[n + 2] * 3];
    const u = [0, 1, 2].map((k) => positions[b + k] - positions[a + k]);
    const v = [0, 1, 2].map((k) => positions[c + k] - positions[a + k]);
    const cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    for (const corner of [a, b, c]) for (let k = 0; k < 3; k += 1) normals[corner + k] += cross[k];
  }
  return normals;
}
