// Draws each chart of the page with uPlot; the legend shows the numbers under the pointer.
(function () {
  'use strict';
  const number = v => v == null ? '–' : Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-3)
      ? v.toExponential(3) : String(Math.round(v * 1e4) / 1e4);
  document.querySelectorAll('script[data-chart]').forEach(node => {
    const chart = JSON.parse(node.textContent);
    const target = document.getElementById(node.dataset.chart);
    const series = [{label: chart.xTitle || 'x', value: (u, v) => number(v)}];
    for (const one of chart.series) {
      series.push({
        label: one.name,
        stroke: one.color,
        width: 2,
        dash: one.dashed ? [8, 5] : undefined,
        spanGaps: true,
        points: {show: one.points, size: 7, fill: one.color},
        value: (u, v, s, i) => number(v) + (v != null && i != null && one.spread && one.spread[i] != null
            ? ' ± ' + number(one.spread[i]) : ''),
      });
    }
    const bars = u => {
      u.ctx.save();
      chart.series.forEach(one => {
        if (!one.spread) return;
        u.ctx.strokeStyle = one.color;
        u.ctx.lineWidth = devicePixelRatio;
        one.spread.forEach((d, i) => {
          if (d == null || one.y[i] == null) return;
          const x = u.valToPos(chart.x[i], 'x', true);
          u.ctx.beginPath();
          u.ctx.moveTo(x, u.valToPos(one.y[i] - d, 'y', true));
          u.ctx.lineTo(x, u.valToPos(one.y[i] + d, 'y', true));
          u.ctx.stroke();
        });
      });
      chart.marks.forEach(mark => {
        const x = u.valToPos(mark.x, 'x', true);
        u.ctx.strokeStyle = mark.color;
        u.ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
        u.ctx.beginPath();
        u.ctx.moveTo(x, u.bbox.top);
        u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
        u.ctx.stroke();
        u.ctx.fillText(mark.name, x + 4, u.bbox.top + 12 * devicePixelRatio);
      });
      u.ctx.restore();
    };
    const whole = chart.x.every(Number.isInteger);
    const width = () => Math.min(target.parentElement.clientWidth, 760);
    const plot = new uPlot({
      title: chart.title,
      width: width(),
      height: 380,
      scales: {x: {time: false, distr: chart.xLog ? 3 : 1}, y: {distr: chart.yLog ? 3 : 1}},
      axes: [{label: chart.xTitle, incrs: whole && !chart.xLog ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6] : undefined}, {label: chart.yTitle, size: 70}],
      series: series,
      hooks: {draw: [bars]},
    }, [chart.x].concat(chart.series.map(one => one.y)), target);
    addEventListener('resize', () => plot.setSize({width: width(), height: 380}));
  });
})();
