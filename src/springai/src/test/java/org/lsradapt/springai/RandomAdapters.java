package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapters of random numbers for a model of a few thousand parameters, which change an embedding a good deal. */
final class RandomAdapters {
    static final String TINY = "src/transformers/src/test/resources/golden/families/bert";
    static final EmbeddingSettings PREFIXED = new EmbeddingSettings(Pooling.MEAN, true, "the ", "is ", 12);

    private RandomAdapters() {}

    static AdapterSet of(BaseModel base, long seed) {
        AdapterSet set = AdapterSet.create(
                base.queryAndValue().select(base.linearLayers()), LsrConfig.lora(2, 4), Backends.standard());
        set.values()
                .assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, set.parameterCount())
                        .muli(0.5));
        return set;
    }

    /** As training saves them. */
    static Path save(Path folder, long seed) throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                AdapterSet set = of(base, seed)) {
            AdapterCard card = new AdapterCard(
                    base.name(),
                    base.modelType(),
                    base.encoderFingerprint(),
                    new EmbeddingDescription("pairs"),
                    PREFIXED.maxLength(),
                    Optional.of(PREFIXED),
                    base.precision());
            AdapterFolder.save(folder, card, set);
        }
        return folder;
    }
}
