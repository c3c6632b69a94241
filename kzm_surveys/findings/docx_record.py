"""The record of a report inside its Word file: a custom XML part, which Word and LibreOffice keep when they save.

It is read by ``word_file.record_in``.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from docx.document import Document as DocumentType
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part

NAMESPACE = "urn:kzm-surveys:record"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
#: The identifier is the same in every report: RFC 4122, version 5, of the namespace as a URL.
_ABOUT = (
    f'{_HEAD}<ds:datastoreItem ds:itemID="{{A65F113F-DD22-55B2-BD78-0564C621DA7F}}" '
    'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"><ds:schemaRefs>'
    f'<ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
)


def embed_record(document: DocumentType, record: bytes) -> None:
    """Put a record into the document, in place of one that came with its template.

    Parameters
    ----------
    document
        The document.
    record
        JSON in UTF-8.
    """
    main, package = document.part, document.part.package
    for key, relation in list(main.rels.items()):
        if relation.reltype == RT.CUSTOM_XML and NAMESPACE.encode() in relation.target_part.blob[:500]:
            del main.rels[key]
    taken = {str(part.partname) for part in package.iter_parts()}
    number = next(n for n in range(1, len(taken) + 2) if f"/customXml/item{n}.xml" not in taken)
    content = f'{_HEAD}<report xmlns="{NAMESPACE}">{escape(record.decode(), {chr(13): "&#13;"})}</report>'
    item = Part(PackURI(f"/customXml/item{number}.xml"), CT.XML, content.encode(), package)
    about = PackURI(f"/customXml/itemProps{number}.xml")
    item.relate_to(Part(about, CT.OFC_CUSTOM_XML_PROPERTIES, _ABOUT.encode(), package), RT.CUSTOM_XML_PROPS)
    main.relate_to(item, RT.CUSTOM_XML)
