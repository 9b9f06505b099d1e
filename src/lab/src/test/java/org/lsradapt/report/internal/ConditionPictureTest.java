package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ConditionPictureTest {

    /** Whose errors are relative to nothing, beside one that has some. */
    @Test
    void png_ofUpdatesThatAreZero_isOfTheirConditionAlone() throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("layer.0.query", Nd4j.rand(DataType.FLOAT, 16, 16)),
                FrozenLinear.of("layer.1.query", Nd4j.rand(DataType.FLOAT, 16, 16)));
        try (AdapterSet adapters = AdapterSet.create(layers, LsrConfig.defaults(), Backends.standard())) {
            assertEquals(Charts.WIDTH, width(adapters));
            adapters.adapters()
                    .get(1)
                    .parameters()
                    .forEach(parameter -> parameter.value().addi(0.1));
            assertEquals(2 * Charts.WIDTH, width(adapters));
        }
    }

    private static int width(AdapterSet adapters) throws IOException {
        BufferedImage image =
                ImageIO.read(new ByteArrayInputStream(ConditionPicture.png(UpdateCondition.ofAll(adapters))));
        return image.getWidth();
    }
}
