package org.lsradapt.server.internal.doors;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.rules.TextProblem;
import org.lsradapt.io.FieldException;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.server.internal.http.ApiException;
import org.lsradapt.server.internal.http.Exchange;

/** A door whose requests are JSON objects, which are read strictly: repeated names and invalid UTF-8 are refused. */
abstract class JsonDoor<R> implements Door {
    private final int mostTexts;

    JsonDoor(int mostTexts) {
        this.mostTexts = mostTexts;
    }

    /** Reads a request; an {@link IOException} names what is wrong with it. */
    abstract R read(JsonFields fields) throws IOException;

    abstract void answer(R request, Exchange exchange) throws IOException;

    @Override
    public final void serve(Exchange exchange) throws IOException {
        answer(read(exchange), exchange);
    }

    private R read(Exchange exchange) {
        try {
            return read(new JsonFields("request", JsonFile.object("request", exchange.body())));
        } catch (FieldException e) {
            throw ApiException.invalid(e.field(), code(e.mistake()), e.getMessage());
        } catch (IOException e) {
            throw ApiException.invalid(e.getMessage());
        }
    }

    private static String code(FieldException.Mistake mistake) {
        return switch (mistake) {
            case MISSING -> "missing_required_parameter";
            case UNKNOWN -> "unknown_parameter";
            case TYPE -> "invalid_type";
            case UNSUPPORTED -> "unsupported_parameter";
            case VALUE -> "invalid_value";
        };
    }

    final List<String> texts(JsonFields fields, String name) throws IOException {
        return checked(name, fields.isText(name) ? List.of(fields.text(name)) : fields.texts(name));
    }

    final List<String> checked(String name, List<String> texts) {
        count(name, texts.size());
        for (int i = 0; i < texts.size(); i++) {
            Optional<String> problem = TextProblem.ofText(texts.get(i));
            if (problem.isPresent()) {
                throw ApiException.invalid(
                        name, name + ": text " + (i + 1) + " of " + texts.size() + " " + problem.get());
            }
        }
        return texts;
    }

    final void count(String name, int texts) {
        if (texts == 0) {
            throw ApiException.invalid(name, "empty_array", name + ": there are no texts, expected at least one");
        }
        if (texts > mostTexts) {
            throw ApiException.tooLarge(name + ": found " + texts + " texts, the limit of this server is " + mostTexts);
        }
    }
}
