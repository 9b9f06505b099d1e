package org.lsradapt.server.internal.doors;

import java.io.IOException;
import org.lsradapt.server.internal.http.Exchange;

/** Answers the requests of one or several paths. Safe for many threads. */
interface Door {

    /** Answers a request, or throws the reason why not. */
    void serve(Exchange exchange) throws IOException;
}
