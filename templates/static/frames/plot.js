/**
 * Runs in the sandboxed frame of plots/{library}, beside the library's own script. The page sends the figure as JSON
 * text, its name and the page's colours; the frame tells its height, or what went wrong.
 */
{
  const figure = document.getElementById("figure");
  const { library, problem } = document.body.dataset;
  const FILLS = /^(stretch|scale)_(both|height)$/; // Bokeh's ways to take the height that there is
  const NAMES = { plotly: "Plotly", bokeh: "Bokeh", altair: "Vega, which draws for Altair," };
  const SCHEMES = ["#E5ECF6", "white"]; // what is behind the plots in Plotly's own light templates
  const PLOTLY_NARROW = 480; // CSS pixels: below, a legend beside the plot would leave nothing of it
  const BOKEH_LOWEST = 260;  // CSS pixels: a figure that shrinks with its frame keeps this height, if it had it
  const PLOTLY_MANY = 20_000; // points that SVG draws in less than seconds
  let plotlyRevision = ["", 0]; // the last figure, and how many there were
  let bokehViews = null;
  let vegaView = null;
  let given = null;
  let refused = ""; // what the policy kept the figure from, in words
  let drawing = Promise.resolve();

  const tell = (message) => parent.postMessage(message, "*");

  /** `base` with all of `more` in it, deeply; neither changes. */
  const merged = (base, more) => {
    if (typeof more !== "object" || more === null || Array.isArray(more)) return more;
    const result = { ...base };
    for (const [key, value] of Object.entries(more)) result[key] = merged(result[key], value);
    return result;
  };

  const plotlyDark = ({ ink, quiet, line, card, hover }) => {
    const axis = { gridcolor: line, linecolor: quiet, zerolinecolor: line, tickcolor: quiet };
    const wall = { ...axis, backgroundcolor: card };
    const bar = (type) => ({ type, marker: { line: { color: card, width: .5 } }, ...(type === "bar" && { error_x: { color: ink }, error_y: { color: ink } }) });
    const table = { type: "table", cells: { fill: { color: card }, line: { color: line } }, header: { fill: { color: hover }, line: { color: line } } };
    return {
      layout: {
        paper_bgcolor: card, plot_bgcolor: card, font: { color: ink }, xaxis: axis, yaxis: axis,
        polar: { bgcolor: card, angularaxis: axis, radialaxis: axis },
        ternary: { bgcolor: card, aaxis: axis, baxis: axis, caxis: axis },
        scene: { xaxis: wall, yaxis: wall, zaxis: wall },
        annotationdefaults: { arrowcolor: ink }, shapedefaults: { line: { color: ink } },
        updatemenudefaults: { bgcolor: hover }, sliderdefaults: { bgcolor: hover },
      },
      data: { table: [table], bar: [bar("bar")], barpolar: [bar("barpolar")] },
    };
  };

  /** How many points a trace has. Arrays may be {dtype, bdata}, base64 of their bytes. */
  const plotlyPoints = ({ x, y }) => Math.max(...[x, y].map((values) => {
    if (!values?.bdata) return values?.length ?? 0;
    return Math.floor((values.bdata.length * .75) / (Number(/\d+/.exec(values.dtype)) || 8));
  }));

  /** Whether WebGL draws a trace of type "scatter" as SVG would: points and straight lines, and nothing else. */
  const plotlyPlain = ({ type = "scatter", mode = "lines", fill = "none", stackgroup, line = {}, cliponaxis = true, groupnorm }) =>
    type === "scatter" && !mode.includes("text") && fill === "none" && !stackgroup && !groupnorm && line.shape !== "spline" && cliponaxis;

  let webgl = null;
  const plotlyHasWebgl = () => (webgl ??= Boolean(document.createElement("canvas").getContext("webgl")));

  /** The same traces, those of very many points drawn by WebGL where that looks the same; and a sentence about it. */
  const plotlyLightened = (data) => {
    const many = data.reduce((sum, trace) => sum + ((trace.type ?? "scatter") === "scatter" ? plotlyPoints(trace) : 0), 0);
    if (many <= PLOTLY_MANY) return [data, ""];
    const points = many.toLocaleString();
    const svg = data.filter((trace) => (trace.type ?? "scatter") === "scatter" && !plotlyPlain(trace)).length;
    if (!plotlyHasWebgl()) return [data, `${points} points, and no WebGL in this browser: moving the figure is slow.`];
    const light = data.map((trace) => (plotlyPlain(trace) ? { ...trace, type: "scattergl" } : trace));
    return [light, svg ? `${points} points, some in traces that WebGL cannot draw: moving the figure may be slow.` : `${points} points, drawn with WebGL.`];
  };

  const libraries = {
    /** Figures in one of the light templates follow the page; others have chosen their colours. */
    async plotly({ text, dark, colours }) {
      const { data: given = [], layout: own = {}, frames, config } = JSON.parse(text);
      const [data, note] = plotlyLightened(given);
      const { paper_bgcolor: paper, plot_bgcolor: plot } = own.template?.layout ?? {};
      const plain = !own.paper_bgcolor && !own.plot_bgcolor && (!paper || paper === "white") && (!plot || SCHEMES.includes(plot));
      const narrow = { margin: { l: 50, r: 10, ...own.margin }, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", ...own.legend } };
      const layout = { ...own, ...(innerWidth < PLOTLY_NARROW ? narrow : {}), height: own.height ?? 450, autosize: true };
      if (plotlyRevision[0] !== text) plotlyRevision = [text, plotlyRevision[1] + 1];
      layout.uirevision ??= plotlyRevision[1]; // the same figure in other colours keeps its zoom and hidden traces
      if (layout.width > innerWidth) delete layout.width;
      if (dark && plain) layout.template = merged(own.template ?? {}, plotlyDark(colours));
      await Plotly.react(figure, { data, layout, frames, config: { ...config, responsive: true, displaylogo: false, showSendToCloud: false } });
      return [dark && plain, note];
    },

    /** What a figure leaves open follows the page; widgets do not know of it. */
    async bokeh({ text, dark, colours: { ink, quiet, line, card } }) {
      const item = JSON.parse(text);
      const axis = { major_label_text_color: ink, axis_label_text_color: ink, major_tick_line_color: quiet, minor_tick_line_color: quiet, axis_line_color: quiet };
      const looks = [
        [/^(Figure|Plot)$/, { background_fill_color: card, border_fill_color: card, outline_line_color: line }],
        [/Axis$/, axis], [/^Grid$/, { grid_line_color: line }], [/^Title$/, { text_color: ink }],
        [/^Legend$/, { label_text_color: ink, title_text_color: ink, background_fill_color: card, border_line_color: line }],
        [/ColorBar$/, { title_text_color: ink, major_label_text_color: ink, background_fill_color: card }],
      ];
      const models = [];
      const collect = (value) => {
        if (typeof value !== "object" || value === null) return;
        if (value.type === "object" && value.attributes) models.push(value);
        for (const part of Object.values(value)) collect(part);
      };
      collect(item.doc?.roots);
      const coloured = models.some(({ attributes }) => attributes.background_fill_color || attributes.border_fill_color);
      const follows = dark && !coloured && typeof Bokeh.Widgets === "undefined";
      for (const model of follows ? models : []) {
        for (const [name, look] of looks) if (name.test(model.name)) model.attributes = { ...look, ...model.attributes };
      }
      for (const { name, attributes } of item.doc?.roots ?? []) {
        figure.style.height = FILLS.test(attributes?.sizing_mode) ? "450px" : "";
        if (!/^(Figure|Plot)$/.test(name) || !attributes || attributes.sizing_mode) continue;
        const { width = 600, height = 600 } = attributes;
        const scaled = Math.round(height * Math.min(innerWidth / width, 1));
        Object.assign(attributes, { sizing_mode: "stretch_width", max_width: width, height: Math.max(scaled, Math.min(height, BOKEH_LOWEST)) });
      }
      bokehViews?.clear?.();
      figure.replaceChildren();
      bokehViews = await Bokeh.embed.embed_item(item, figure);
      return [follows, ""];
    },

    async altair({ text, dark, colours: { ink, quiet, line } }) {
      const spec = JSON.parse(text);
      const plain = !spec.background && !spec.config?.background;
      if ((spec.mark || spec.layer) && spec.width === undefined) spec.width = "container";
      const axis = { labelColor: ink, titleColor: ink, gridColor: line, domainColor: quiet, tickColor: quiet };
      const look = {
        background: "transparent", axis, legend: axis, header: axis, title: { color: ink, subtitleColor: quiet },
        view: { stroke: line }, text: { color: ink }, rule: { color: quiet },
      };
      vegaView?.finalize();
      vegaView = await vegaEmbed(figure, spec, {
        config: dark && plain ? look : {}, renderer: text.length > 1e6 ? "canvas" : "svg",
        actions: { export: true, source: false, compiled: false, editor: false },
      });
      return [dark && plain, ""];
    },
  };

  /** A frame that loaded in a hidden tab has no width; where it is shown for the first time no "resize" tells of it. */
  const seen = () => new Promise((resolve) => {
    const watch = new ResizeObserver(() => {
      if (!innerWidth) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(document.documentElement);
  });

  const draw = async (asked) => {
    await seen();
    if (asked !== given) return; // a newer one has come
    refused = "";
    figure.setAttribute("aria-label", asked.label);
    const [follows, note] = await libraries[library](asked);
    document.documentElement.style.background = follows ? asked.colours.card : "white";
    document.documentElement.style.colorScheme = follows ? "dark" : "light";
    tell({ drawn: true, error: refused, note, height: Math.ceil(figure.getBoundingClientRect().height) });
  };

  const failed = (error) => tell({ error: refused || `${NAMES[library]} could not draw the figure: ${String(error?.message ?? error).slice(0, 500)}.` });

  document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (!URL.canParse(blockedURI)) return;
    refused = `The figure asks ${new URL(blockedURI).host} for a part of it. Only what is in the figure itself is drawn.`;
    failed(refused);
  });

  addEventListener("message", (event) => {
    if (event.source !== parent) return;
    given = event.data;
    drawing = drawing.then(() => draw(event.data)).catch(failed);
  });
  new ResizeObserver(() => {
    if (given) tell({ height: Math.ceil(figure.getBoundingClientRect().height) });
  }).observe(figure);
  if (problem) tell({ error: problem });
  else tell({ ready: true });
}
