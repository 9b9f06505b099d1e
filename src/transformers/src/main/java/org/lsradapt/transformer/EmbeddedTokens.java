package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.internal.EmbeddingTable;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.internal.NormWeights;
import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The first hidden states of texts: sums of rows of tables, perhaps normalized and projected. */
final class EmbeddedTokens implements EmbeddedInput {
    private final Embeddings.Tokens parts;
    private final EmbeddingTable[] tables;
    private final Optional<NormWeights> norm;
    private final Optional<FrozenLinear> projection;
    private final Backend backend;
    private final Kernels kernels;
    private final Buffer summed;

    EmbeddedTokens(Embeddings.Tokens parts, LaneTools tools) {
        this.parts = parts;
        backend = tools.backend();
        kernels = tools.kernels();
        TransformerWeights weights = tools.weights();
        List<EmbeddingTable> all = new ArrayList<>();
        all.add(weights.table(parts.words()));
        parts.positions().map(weights::table).ifPresent(all::add);
        parts.types().map(weights::table).ifPresent(all::add);
        tables = all.toArray(new EmbeddingTable[0]);
        norm = weights.norm(parts.summed());
        projection = parts.projection().map(weights::projection);
        summed = tools.plan().scratch("summed embeddings", parts.words().width());
    }

    @Override
    public void forward(TokenBatch batch, INDArray out) {
        int[][] rows = new int[tables.length][];
        int i = 0;
        rows[i++] = batch.ids();
        if (parts.positions().isPresent()) {
            rows[i++] = batch.positionRows(parts.padding());
        }
        if (parts.types().isPresent()) {
            rows[i] = batch.typeIds();
        }
        INDArray sum = projection.isPresent() ? summed.rows(batch.tokens()) : out;
        kernels.embed(tables, rows, parts.scale(), sum);
        norm.ifPresent(weights -> kernels.addNormalize(sum, null, null, null, weights, sum, null, null));
        projection.ifPresent(linear -> linear.apply(backend, sum, out));
    }
}
