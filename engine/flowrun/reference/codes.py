"""What each problem code means, in an analyst's words: `flowrun explain CODE`.

Two groups: what `flowrun validate` finds in files, and what a run may end with. The codes of the remote
systems
themselves (`V1/382`) are theirs to explain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Explanation:
    """`cure` is the next move; `wrong` and `right` the same thing before and after it."""

    summary: str
    cure: str
    wrong: str = ""
    right: str = ""


FILES: Final[Mapping[str, Explanation]] = {
    # --- a file as such ---
    "bad-encoding": Explanation(
        "The file is not UTF-8, so umlauts and accents in it would come out wrong.",
        "Save it as UTF-8; in Excel that is the file type `CSV UTF-8`.",
    ),
    "unreadable-file": Explanation("The file is there but cannot be read.", "Look at who may read it."),
    "empty-file": Explanation("The file of a flow has nothing in it.", "Fill it, or take it away.", "", ""),
    "file-too-large": Explanation(
        "The file is larger than any flow needs to be.",
        "Split it into sub-flows; put data into a lookup table.",
    ),
    "too-deep": Explanation(
        "Records and lists stand inside each other deeper than anybody can read.",
        "Move the inner part to a flow of its own and call it with a `flow` step.",
    ),
    "bad-yaml": Explanation(
        "The file is not YAML at this place, so nothing below it could be read.",
        "Most often the indentation is off by a space, or a text with a colon in it needs quotes.",
        "title: Orders: from X-Cart to SAP",
        'title: "Orders: from X-Cart to SAP"',
    ),
    "yaml-tab": Explanation(
        "A tab stands where YAML takes spaces only.",
        "Indent by two spaces; most editors can do that for the Tab key.",
    ),
    "yaml-alias": Explanation(
        "YAML's anchors and aliases (`&name`, `*name`, `<<`) are not available: a small file could "
        "grow without end.",
        "Write the value out. What several flows share becomes a sub-flow.",
        "- *address_steps",
        "- id: address\n         flow: clean_address",
    ),
    "yaml-tag": Explanation(
        "YAML's tags (`!!python/…`, `!secret`) are not available: a flow holds plain values only.",
        "Write the value without it; secrets stand in flowrun.yaml as `${env:NAME}`.",
    ),
    "yaml-trap": Explanation(
        "YAML reads this word as something other than the text that stands there: `no` as false, "
        "`08` as a number.",
        "Put quotes around a text; write true or false for a yes or no.",
        "DistributionChannel: 010",
        'DistributionChannel: "010"',
    ),
    "second-document": Explanation(
        "`---` begins a second document, and one file holds one flow.",
        "Move what follows to a file of its own.",
    ),
    "duplicate-key": Explanation(
        "The same key stands twice in one record; one of the two would be lost in silence.",
        "Keep one of them.",
        "SalesOrderType: OR\n         SalesOrderType: ZOR",
        "SalesOrderType: ZOR",
    ),
    "unquoted-braces": Explanation(
        "`{{ … }}` stands without quotes, and YAML takes the braces for a record.",
        "Put quotes around the whole text.",
        "text: {{ order.order_number }}",
        'text: "{{ order.order_number }}"',
    ),
    # --- keys and their values ---
    "unknown-key": Explanation(
        "There is no such key here, so it would have no effect.",
        "Most often it is mistyped. `flowrun steps NAME` shows the keys of a step kind.",
        "- id: paid\n         condition: order.total > 0\n         otherwize: skip",
        "- id: paid\n         condition: order.total > 0\n         otherwise: skip",
    ),
    "missing-key": Explanation(
        "Something that is needed here is not given.",
        "Add the key; the message says what it is for.",
        "- id: order\n         xcart.get_order: {}",
        "- id: order\n         xcart.get_order: {id: {from: event.id}}",
    ),
    "wrong-type": Explanation(
        "The value is of another kind than this place takes: a text for a number, one value for a list.",
        "Write it as the message says, or convert it with `as:`.",
        "CustomerPurchaseOrderDate: {from: order.email}",
        "CustomerPurchaseOrderDate: {from: order.create_date, as: date}",
    ),
    "wrong-connector": Explanation(
        "The step `http` sends plain requests, and this connection is not one for that.",
        "Name a connection of the connector `http`, or use an operation of this one.",
        "http: {connection: sap, path: /rates}",
        "http: {connection: tax_service, path: /rates}",
    ),
    "filter-reaches-less": Explanation(
        "A filter belongs to the value just before it, so here it rounds or taxes the last part of a computation only.",
        "Put parentheses around what is meant: around the whole, or around the last part if that is really it.",
        "compute: line.price * line.amount | round_money(order.currency)",
        "compute: (line.price * line.amount) | round_money(order.currency)",
    ),
    "wrong-value": Explanation(
        "This key takes only certain values, and this is none of them.",
        "Take one of those in the message. Durations carry their unit.",
        "retry: {first: 2}",
        "retry: {first: 2s}",
    ),
    "bad-name": Explanation(
        "This cannot be a name: names are lower case letters, digits and `_`, and some words have a "
        "meaning already.",
        "Choose another name.",
        "- id: Sales-Order",
        "- id: sales_order",
    ),
    # --- flows and steps ---
    "duplicate-flow": Explanation(
        "Two files hold a flow of the same name.", "Give one of them another name."
    ),
    "duplicate-id": Explanation(
        "Two steps of a flow have the same `id`, so nobody could tell their results apart.",
        "Give one of them another `id`.",
    ),
    "two-starts": Explanation(
        "A flow with a `trigger` gets its event from there; `inputs` are for flows that other flows call.",
        "Keep one of the two.",
    ),
    "missing-kind": Explanation(
        "The step has an `id` and does nothing.",
        "Say what it does; `flowrun steps` and `flowrun connectors` show what there is.",
        "- id: order",
        "- id: order\n         xcart.get_order: {id: {from: event.id}}",
    ),
    "two-kinds": Explanation("A step does one thing, and this one has two.", "Make two steps of it."),
    "unknown-step-kind": Explanation(
        "There is no step kind of this name.",
        "`flowrun steps` lists them; what a system can do is written `connection.operation`.",
        "- id: goods\n         extrakt: {lines: order.items}",
        "- id: goods\n         extract: {lines: order.items}",
    ),
    "unknown-connection": Explanation(
        "No environment of flowrun.yaml has a connection of this name.",
        "Correct the name, or add the connection to flowrun.yaml.",
    ),
    "unknown-connector": Explanation(
        "There is no connector of this name: none is installed.",
        "`flowrun connectors` lists those that are; one from another package has to be installed first.",
    ),
    "unknown-environment": Explanation(
        "`default_environment` names an environment that flowrun.yaml does not have.",
        "Correct the name, or add it.",
    ),
    "unknown-operation": Explanation(
        "The connection's system has no operation of this name.",
        "`flowrun connectors NAME` lists what can be done there.",
        "xcart.get_orders: {id: {from: event.id}}",
        "xcart.get_order: {id: {from: event.id}}",
    ),
    "unknown-event": Explanation(
        "The connection's system sends no event of this name.", "Take one of those that the message names."
    ),
    "missing-value": Explanation(
        "A value under `values:` is there in one environment and not in another, where a flow would miss it.",
        "Give it to all environments.",
    ),
    "different-connectors": Explanation(
        "A connection belongs to one system in one environment and to another system elsewhere.",
        "Give one of the two another name.",
    ),
    "name-taken": Explanation(
        "The name of an item is already the name of something else here, which nobody could reach any more.",
        "Choose another name after `as:`.",
        "for_each: order.items\n         as: order",
        "for_each: order.items\n         as: line",
    ),
    "no-pages": Explanation(
        "A `pages` step reads a list page after page, and this operation gives all of it at once.",
        "Take one that gives pages (the message names them), or a plain step with a `for_each`.",
    ),
    "poll-writes": Explanation(
        "A poll asks again and again, so it may only read.",
        "Take an operation that reads; `flowrun connectors` says which do.",
    ),
    "retry-without-effect": Explanation(
        "`retry` is for steps that call another system, and this one does not.",
        "Take it away.",
    ),
    "ambiguous-lookup": Explanation(
        "A lookup with `by` finds a row by a column in which a value stands more than once.",
        "Correct the table, or find the row by a column whose values all differ.",
    ),
    "reconcile-writes": Explanation(
        "A step of a reconciliation writes, and a reconciliation only looks.",
        "Put what writes into a flow, and name that flow under `repair`.",
    ),
    "retry-without-key": Explanation(
        "The operation may not be repeated: done twice, it happens twice.",
        "Take the operation that looks before it writes, or leave `retry` out.",
        "sap.create: {…}\n         retry: {attempts: 5}",
        "sap.upsert: {…, by: [PurchaseOrderByCustomer]}\n         retry: {attempts: 5}",
    ),
    # --- sub-flows
    "unknown-flow": Explanation(
        "There is no flow of this name in flows/.", "Correct the name, or write the flow."
    ),
    "cyclic-flows": Explanation(
        "Flows call each other in a ring, so a run would never end.",
        "Break the ring: a flow may not end up calling itself.",
    ),
    "unknown-input": Explanation(
        "The flow that is called has no input of this name.",
        "Correct the name, or add it to the other flow's `inputs`.",
    ),
    "missing-input": Explanation(
        "The flow that is called needs an input that it is not given.",
        "Pass it under `with:`; null is fine where it is not known.",
    ),
    # --- names, paths, templates ---
    "unknown-name": Explanation(
        "The name is not there when the step is reached: mistyped, or the step that makes it comes later.",
        "Names are `event`, `run`, `env`, the ids of earlier steps, and what `for_each` gives.",
        "{from: order.curency}",
        "{from: order.currency}",
    ),
    "empty-expression": Explanation(
        "A path or condition has nothing in it.", "Write it, or take the key away."
    ),
    "bad-path": Explanation(
        "The path is not JMESPath at the marked place.",
        "Texts in it stand in single quotes, numbers in backticks.",
        'order.items[?sku == "MUG-01"]',
        "order.items[?sku == 'MUG-01']",
    ),
    "unknown-function": Explanation(
        "JMESPath has no function of this name.",
        "Take one of its own (length, join, sum, …), or `compute:` with a filter.",
    ),
    "bad-expression": Explanation(
        "The condition or template cannot be read at the marked place.",
        "Compare with `==`, join conditions with `and` and `or`, put texts in single quotes.",
        "order.total => 1000",
        "order.total >= 1000",
    ),
    "cannot-compute": Explanation(
        "An operator for numbers stands beside a text.",
        "Join texts with `~`; make a number of a text with `| decimal`.",
        "compute: order.email + line.amount",
        "compute: order.email ~ line.amount",
    ),
    "cannot-compare": Explanation(
        "Two values of different kinds cannot be told larger or smaller.",
        "Convert one of them; in a path a number is written in backticks.",
        "order.items[?amount > '0']",
        "order.items[?amount > `0`]",
    ),
    "never-equal": Explanation(
        "Two values of different kinds are never equal, so the comparison always comes out the same.",
        "Convert one of them; in a path a number is written in backticks.",
        "order.items[?amount == '1']",
        "order.items[?amount == `1`]",
    ),
    "wrong-arguments": Explanation(
        "A function, filter or test is given more or fewer values than it takes, or one it does not know.",
        "Write it as the message shows; `flowrun steps NAME` tells about a conversion.",
        "compute: order.total | tax_from_base",
        "compute: order.total | tax_from_base(country.vat_rate)",
    ),
    "braces-in-expression": Explanation(
        "Conditions and `compute` are expressions already, so they have no braces.",
        "Take the braces away.",
        'when: "{{ order.total > 1000 }}"',
        "when: order.total > 1000",
    ),
    "expression-too-long": Explanation(
        "The expression is longer than anybody can read.", "Split it into steps."
    ),
    "expression-too-deep": Explanation("The expression is nested too deeply.", "Split it into steps."),
    "not-allowed": Explanation(
        "A flow may not do this: no function calls, no names that begin with `_`, nothing that "
        "reaches outside its data.",
        "Use a filter or a step; `flowrun steps` lists both.",
        "compute: order.email.upper()",
        "compute: order.email | upper",
    ),
    "unknown-filter": Explanation(
        "There is no filter of this name.",
        "`flowrun steps` lists the conversions and filters.",
        'text: "{{ order.email | uper }}"',
        'text: "{{ order.email | upper }}"',
    ),
    "unknown-test": Explanation(
        "There is no test of this name behind `is`.",
        "Known are such as `is defined`, `is none`, `is number`.",
    ),
    "template-outside-text": Explanation(
        "Braces are filled in only under `text:`; here they would be sent as they stand.",
        "Write it as a text.",
        'PurchaseOrderByCustomer: "XC-{{ order.order_number }}"',
        'PurchaseOrderByCustomer: {text: "XC-{{ order.order_number }}"}',
    ),
    # --- values ---
    "two-forms": Explanation(
        "A value is made in one way, and this one has two.",
        "Keep one of them.",
        "{from: order.email, text: none}",
        "{from: order.email, default: none}",
    ),
    "unknown-form": Explanation(
        "This is nearly a form of a value (`from`, `text`, `lookup`, …) and is none.",
        "Correct the word; a nested record whose field is really called so stands under `fields:`.",
        "{form: order.email}",
        "{from: order.email}",
    ),
    "choose-without-rest": Explanation(
        "`choose` does not say what holds when none of its conditions does.",
        "End it with a line that has only `value:`.",
        "choose: [{when: order.total > 1000, value: ZOR}]",
        "choose: [{when: order.total > 1000, value: ZOR}, {value: OR}]",
    ),
    "never-reached": Explanation(
        "A line of `choose` without a condition always holds, so those below it are never reached.",
        "Move it to the end.",
    ),
    "unknown-conversion": Explanation(
        "`as:` names a conversion that does not exist, or one that needs an argument.",
        "`flowrun steps` lists them; those with arguments are written as filters.",
        "{from: order.email, as: lowercase}",
        "{from: order.email, as: lower}",
    ),
    "conversion-needs-more": Explanation(
        "This conversion needs an argument, which `as:` has no place for.",
        "Write it as a filter.",
        "{from: order.total, as: round_money}",
        'compute: "order.total | round_money(order.currency)"',
    ),
    "too-many-digits": Explanation(
        "The number has more digits than the field it is for.",
        "Round it, or see whether it is meant for this field.",
    ),
    "too-long": Explanation(
        "The text is longer than the field it is for.",
        "Shorten it, or write `max_length` with `too_long: cut` if the rest may be lost.",
        "SalesOrderItemText: {from: line.name}",
        "SalesOrderItemText: {from: line.name, max_length: 40, too_long: cut}",
    ),
    "not-a-list": Explanation(
        "`for_each` goes through a list, and this is none.",
        "Name the list itself.",
        "for_each: order",
        "for_each: order.items",
    ),
    # --- targets ---
    "bad-target": Explanation(
        "A target is `connection:entity`.",
        "Write the connection's name, a colon and the entity.",
        "target: A_SalesOrder",
        "target: sap:API_SALES_ORDER_SRV/A_SalesOrder",
    ),
    "unknown-target": Explanation(
        "Nothing is known of this entity.",
        "Correct the name, or fetch what the system says of itself: `flowrun metadata pull "
        "CONNECTION SERVICE`.",
    ),
    "unknown-field": Explanation(
        "The entity has no field of this name.",
        "Correct the name. A field that is new in SAP is known after `flowrun metadata pull`.",
        "SoldToPartner: {from: buyer.business_partner}",
        "SoldToParty: {from: buyer.business_partner}",
    ),
    "read-only-field": Explanation(
        "The system sets this field itself and refuses to be sent it.", "Take the field out of the mapping."
    ),
    # --- lookup tables ---
    "unknown-lookup": Explanation(
        "There is no lookup table of this name.", "Correct the name, or make the file lookups/NAME.csv."
    ),
    "unknown-column": Explanation(
        "The lookup table has no column of this name.", "Take one of those it has."
    ),
    "bad-table": Explanation(
        "The lookup table cannot be read: its first line must name the columns, each once.",
        "The first column is the key, the others are what it is translated to.",
        "TS-BLK-M,FG-TSHIRT-BLK-M",
        "sku,material\n         TS-BLK-M,FG-TSHIRT-BLK-M",
    ),
    "empty-table": Explanation(
        "The lookup table has nothing in it.",
        "Give it a first line with the names of its columns, such as key,value.",
    ),
    "ragged-row": Explanation(
        "A line of the lookup table has more or fewer cells than there are columns.",
        "Put quotes around a cell that holds the separator.",
        "Muster, Erika,0001",
        '"Muster, Erika",0001',
    ),
    "empty-key": Explanation(
        "A line of the lookup table has no key, so it could never be found.",
        "Give the key, or take the line away.",
    ),
    "duplicate-row": Explanation(
        "A key stands twice in the lookup table; one of its lines would be ignored in silence.",
        "Keep one of them.",
    ),
}

RUNS: Final[Mapping[str, Explanation]] = {
    # --- the record ---
    "check-failed": Explanation(
        "A `check`, or a `condition` with `otherwise: fail`, did not hold for this record.",
        "Correct the record in its own system, then run it again.",
    ),
    "lookup-miss": Explanation(
        "A lookup table has no row for a value of this record.",
        "Add the row; `flowrun lookups inbox` shows all that wait for one. Then run the record again.",
    ),
    "value-missing": Explanation(
        "A field with `missing: fail` got nothing.", "Fill it in the record, or give the field a `default:`."
    ),
    "bad-parameter": Explanation(
        "An operation was given a value that it cannot take.",
        "The message names the parameter; see where its value comes from.",
    ),
    "bad-value": Explanation(
        "A value cannot be written in the form the system expects.",
        "The message names the field; convert it with `as:`.",
    ),
    "no-rows": Explanation(
        "What a reconciliation names under `rows` is there, and is no list.",
        "Name the list itself; `flowrun explain not-a-list` shows how one is made of a record.",
        "rows: sold[0]",
        "rows: sold",
    ),
    "no-business-key": Explanation(
        "A field under `by:` is empty, so nobody can tell whether the record is there already.",
        "See that the mapping always fills it.",
    ),
    "duplicate-found": Explanation(
        "The system holds several records with the same business key, and a person must say which is "
        "the right one.",
        "Keep one of them there, then run it again.",
    ),
    "both-changed": Explanation(
        "A field was changed in both systems since they last agreed on it, and the flow names no owner for it.",
        "Make it equal in both systems, or name the field's `owner` in the `merge` step. Then run it again.",
    ),
    "undo-failed": Explanation(
        "A step was to be taken back because a later one failed, and that failed too.",
        "Take it back by hand; the message says what and why.",
    ),
    "not-found": Explanation("The system has no record of this number.", "See where the number comes from."),
    # --- the connection ---
    "unreachable": Explanation(
        "Nothing answers at the connection's address.",
        "See that the system is running and that the address in flowrun.yaml is right.",
    ),
    "no-answer": Explanation(
        "The system took the request and gave no whole answer.",
        "Run it again: what may have been done is looked up before anything is written twice.",
    ),
    "not-json": Explanation(
        "The answer is no JSON: a page of a proxy, or a reply that was cut off.",
        "Run it again. If it stays so, something between flowrun and the system answers in its place.",
    ),
    "untrusted-certificate": Explanation(
        "The certificate of the system is not one that this machine trusts, or it has expired.",
        "See that the address is right; name the authority that signed it in `ca_file`.",
    ),
    "certificate-refused": Explanation(
        "The system does not take the client certificate of the connection, or wants one.",
        "See that it is still valid and known there, and that `logon: {certificate: …}` names it.",
    ),
    "no-token": Explanation(
        "The token endpoint answers, but what it gives is no access token.",
        "Check `token_url`: a log-on page or a proxy may stand before it.",
    ),
    "no-message-id": Explanation(
        "A message of a queue came without the id that acknowledges it.",
        "Check that `url` is the one of the REST messaging, `httprest` in the service key.",
    ),
    "unusable-event": Explanation(
        "A message is no event that a flow could take, so it was kept as it came and the next ones went on.",
        "See with `flowrun dead-letters show RUN` what it is; edit and replay it, or resolve it.",
    ),
    "no-tracking": Explanation(
        "X-Cart 5.5 takes no tracking numbers by itself.",
        "Name the endpoint of a module that does under `extensions` of the connection, or set the status alone.",
    ),
    "no-list": Explanation(
        "A shop answers something else where a list should be.",
        "It is tried again; if it stays so, look at the address with the shop's own log.",
    ),
    "stock-moved": Explanation(
        "A stock is not any more what it `was` when the new number was worked out: somebody has just bought.",
        "Read the stock again and work the number out anew; the next look at the stock does.",
    ),
    "ambiguous-sku": Explanation(
        "Several products or variants of the shop have this SKU, so nobody can tell which is meant.",
        "Give each a SKU of its own in the shop.",
    ),
    "language-not-enabled": Explanation(
        "The shop does not have this language and wrote the texts over its own; they were put back.",
        "Switch the language on in the shop, or leave its texts out of the flow.",
    ),
    "page-size": Explanation(
        "The shop gives shorter pages than it is asked for, so records would be missed.",
        "Set `page_size` of the connection to the number that the message names.",
    ),
    "bad-setting": Explanation(
        "A path among the settings of the connection has a placeholder that is not known there.",
        "Write it with the placeholders that the message names.",
    ),
    "not-odata": Explanation(
        "The answer is not what an OData service gives.", "Check `url` and `service_root` of the connection."
    ),
    "not-soap": Explanation(
        "The answer is not what a SOAP service gives.",
        "Check `url` and `journal_entry_path` of the connection, and look in the system whether it was posted.",
    ),
    "already-reversed": Explanation(
        "A journal entry with this reference was posted before, and reversed in SAP.",
        "Give the new posting another reference, or take it out of the dead letters.",
    ),
    "not-posted": Explanation(
        "SAP gave no document number for a journal entry, and no reason either.",
        "Look in the system whether it was posted, then run it again.",
    ),
    "no-metadata": Explanation(
        "The operation needs to know the entity's key, and nothing was fetched yet.",
        "Run `flowrun metadata pull`.",
    ),
    "bad-metadata": Explanation(
        "What the system says of its entities cannot be read.",
        "Check the name of the service, then pull it again.",
    ),
    "nested-page": Explanation(
        "SAP gives only the first part of a list that is nested in a record, so the record would lack something.",
        "Read the nested list with an operation of its own, in place of `expand`.",
    ),
    "etag-needed": Explanation(
        "SAP wants to know on which state of a document a function works.",
        "Name the document in `entity` and `key` of `call`.",
    ),
    "changed-meanwhile": Explanation(
        "Others changed the record each time it was about to be written.", "Run it again a little later."
    ),
    "connector-broke": Explanation(
        "The connector itself has a mistake; neither the flow nor the record is to blame.",
        "Run it with `flowrun --debug run …` and send what it says to whoever made the connector.",
    ),
}

CODES: Final[Mapping[str, Explanation]] = {**FILES, **RUNS}
