"""The printed invoice: a page that a PDF reader opens."""

from __future__ import annotations

import base64

from flowrun_sandbox.sap import billing
from flowrun_sandbox.sap.rows import Connection


def printed(conn: Connection, number: str) -> str:
    """The document as a PDF of one line, in base64."""
    header = billing.existing(conn, number)
    text = f"Invoice {header['BillingDocument']} {header['TotalGrossAmount']} {header['TransactionCurrency']}"
    stream = f"BT /F1 12 Tf 72 770 Td ({text}) Tj ET"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    )
    body = "%PDF-1.4\n"
    places = []
    for place, part in enumerate(parts, start=1):
        places.append(len(body))
        body += f"{place} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{at:010} 00000 n \n" for at in places)
    body += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    body += f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{body.index('xref')}\n%%EOF\n"
    return base64.b64encode(body.encode("latin-1")).decode()
