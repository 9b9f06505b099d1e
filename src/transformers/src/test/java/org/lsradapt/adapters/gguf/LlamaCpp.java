package org.lsradapt.adapters.gguf;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.CacheType;
import de.kherud.llama.args.PoolingType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Prints llama.cpp's tokens of a text and its last hidden state; with an adapter, which its embeddings do without, how it
 * continues the text. The arguments are model, text, and perhaps an adapter, empty for none.
 */
final class LlamaCpp {

    /** What the line with the numbers begins with, among llama.cpp's own output. */
    static final String RESULT = "result: ";

    private LlamaCpp() {}

    public static void main(String[] arguments) {
        ModelParameters parameters = new ModelParameters()
                .setModel(arguments[0])
                .setCtxSize(64)
                .setThreads(1)
                .setCacheTypeK(CacheType.F32)
                .setCacheTypeV(CacheType.F32);
        boolean continues = arguments.length > 2;
        if (!continues) {
            parameters.enableEmbedding().setPoolingType(PoolingType.LAST);
        } else if (!arguments[2].isEmpty()) {
            parameters.addLoraAdapter(arguments[2]);
        }
        LlamaModel model = new LlamaModel(parameters);
        String text = arguments[1];
        if (continues) {
            InferenceParameters greedy = new InferenceParameters(text)
                    .setTemperature(0)
                    .setNPredict(24)
                    .setIgnoreEos(true);
            System.out.println(RESULT + Arrays.toString(model.complete(greedy).getBytes(StandardCharsets.UTF_8)));
        } else {
            System.out.println(RESULT + Arrays.toString(model.encode(text)) + ";" + Arrays.toString(model.embed(text)));
        }
        System.out.flush();
        // Its own end waits for a thread that does not always end.
        Runtime.getRuntime().halt(0);
    }
}
