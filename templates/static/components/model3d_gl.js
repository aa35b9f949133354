/** Draws the parts of a model with WebGL 2: one light from the eye, one from above; colours, textures, wires, points. */

const MODEL_VERTEX = `#version 300 es
in vec3 position; in vec3 normal; in vec4 color; in vec2 uv;
uniform mat4 model, view, projection; uniform vec4 base;
out vec3 n; out vec4 c; out vec2 t;
void main() {
  n = mat3(view) * (transpose(inverse(mat3(model))) * normal); c = color * base; t = uv;
  gl_Position = projection * view * model * vec4(position, 1.0); gl_PointSize = 3.0;
}`;
const MODEL_FRAGMENT = `#version 300 es
precision highp float;
in vec3 n; in vec4 c; in vec2 t; uniform sampler2D picture; uniform bool lit; out vec4 shown;
void main() {
  vec4 surface = texture(picture, t); surface.rgb = pow(surface.rgb, vec3(2.2)) * c.rgb; surface.a *= c.a;
  if (surface.a < 0.02) discard;
  vec3 m = length(n) > 0.0 ? normalize(n) : vec3(0, 0, 1); if (!gl_FrontFacing) m = -m;
  float light = lit ? 0.25 + 0.55 * max(m.z, 0.0) + 0.3 * max(dot(m, normalize(vec3(0.4, 0.9, 0.5))), 0.0) : 1.0;
  shown = vec4(pow(min(surface.rgb * light, 1.0), vec3(1.0 / 2.2)) * surface.a, surface.a);
}`;

export class ModelCanvas {
  #gl;
  #program;
  #parts;

  /** Null when this browser has no WebGL 2. */
  static on(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: true, premultipliedAlpha: true, preserveDrawingBuffer: false });
    return gl ? new ModelCanvas(gl) : null;
  }

  constructor(gl) {
    this.#gl = gl;
    this.#program = gl.createProgram();
    for (const [type, text] of [[gl.VERTEX_SHADER, MODEL_VERTEX], [gl.FRAGMENT_SHADER, MODEL_FRAGMENT]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(this.#program, shader);
    }
    ["position", "normal", "color", "uv"].forEach((name, place) => gl.bindAttribLocation(this.#program, place, name));
    gl.linkProgram(this.#program);
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** Send the parts to the graphics card; mode: "solid", "wireframe" or "point_cloud". */
  async load(parts, mode) {
    this.#parts = [];
    for (const part of parts) this.#parts.push(await this.#loaded(part, mode));
    this.#parts.sort((a, b) => Number(a.color[3] < 1) - Number(b.color[3] < 1));
  }

  async #loaded(part, mode) {
    const gl = this.#gl;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    const lines = mode === "wireframe" ? modelEdges(part.indices) : part.indices;
    [[part.positions, 3], [part.normals, 3], [part.colors, 4], [part.uvs, 2]].forEach(([numbers, size], place) => {
      if (!numbers) return gl.vertexAttrib4f(place, 1, 1, 1, 1);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
    });
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, lines, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
    const texture = await this.#texture(part.picture);
    const [kind, count] = mode === "point_cloud" ? [gl.POINTS, part.positions.length / 3] : [mode === "wireframe" ? gl.LINES : gl.TRIANGLES, lines.length];
    return { array, texture, kind, count, matrix: part.matrix, color: part.color };
  }

  async #texture(picture) {
    const gl = this.#gl;
    let source = null;
    if (picture) source = await createImageBitmap(picture).catch(() => null); // a broken picture: the colour alone
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    if (source) {
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
      gl.generateMipmap(gl.TEXTURE_2D);
    } else {
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array([255, 255, 255, 255]));
    }
    return texture;
  }

  draw(view, projection, clear) {
    const gl = this.#gl;
    const place = (name) => gl.getUniformLocation(this.#program, name);
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clearColor(...clear.slice(0, 3).map((n) => n * clear[3]), clear[3]);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.useProgram(this.#program);
    gl.uniformMatrix4fv(place("view"), false, view);
    gl.uniformMatrix4fv(place("projection"), false, projection);
    for (const part of this.#parts ?? []) {
      gl.uniformMatrix4fv(place("model"), false, part.matrix);
      gl.uniform4fv(place("base"), part.color);
      gl.uniform1i(place("lit"), Number(part.kind === gl.TRIANGLES));
      gl.bindTexture(gl.TEXTURE_2D, part.texture);
      gl.bindVertexArray(part.array);
      if (part.kind === gl.POINTS) gl.drawArrays(gl.POINTS, 0, part.count);
      else gl.drawElements(part.kind, part.count, gl.UNSIGNED_INT, 0);
    }
  }

  /** Give the graphics card's memory back. */
  end() { this.#gl.getExtension("WEBGL_lose_context")?.loseContext(); }
}

/** The edges of triangles. */
function modelEdges(indices) {
  const edges = new Uint32Array(indices.length * 2);
  for (let n = 0; n + 2 < indices.length; n += 3) edges.set([indices[n], indices[n + 1], indices[n + 1], indices[n + 2], indices[n + 2], indices[n]], n * 2);
  return edges;
}

