package org.lsradapt.server.internal.doors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.data.Example;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;
import org.lsradapt.server.internal.models.ServedModels;
import org.lsradapt.transformer.inputs.Tokenizer;

/** The tokens of a request, as clients are told. */
final class Usage {
    private Usage() {}

    static Map<String, Object> of(Exchange exchange) {
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", exchange.caller().tokens());
        usage.put("total_tokens", exchange.caller().tokens());
        return usage;
    }

    /** Returns the tokens that were computed for a request, and how many inputs of more than {@code most} tokens were cut. */
    static Map<String, Object> of(Exchange exchange, List<Example> inputs, ServedModels models, int most) {
        Map<String, Object> usage = of(exchange);
        long cut = cut(exchange, inputs, models, most);
        if (cut > 0) {
            usage.put("truncated_inputs", cut);
            usage.put("max_tokens_per_input", most);
        }
        return usage;
    }

    /** Refuses a request whose inputs must not be cut, if one of them was. */
    static void requireWhole(Exchange exchange, List<Example> inputs, ServedModels models, int most) {
        long cut = cut(exchange, inputs, models, most);
        if (cut > 0) {
            throw ApiException.invalid(
                    "truncate",
                    "truncate: found false, but " + cut + " of " + inputs.size() + " inputs have more than " + most
                            + " tokens; expected shorter inputs, or true");
        }
    }

    private static long cut(Exchange exchange, List<Example> inputs, ServedModels models, int most) {
        if (exchange.caller().longest() < most) {
            return 0;
        }
        Tokenizer tokenizer = models.base().tokenizer();
        return inputs.stream().filter(input -> isCut(input, tokenizer, most)).count();
    }

    private static boolean isCut(Example input, Tokenizer tokenizer, int most) {
        String second = input.second() == null ? "" : input.second();
        // A token stands for a character or more, except for special ones, so short texts are not tokenized again.
        return input.first().length() + second.length() > most / 2
                && tokenizer.ids(input.first()).length
                                + tokenizer.ids(second).length
                                + tokenizer.specialTokens(input.second() != null)
                        > most;
    }
}
